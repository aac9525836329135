"""Reading a file of households into the staging tables, whatever becomes of them there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from intake.declared import Format
from intake.lines import reader_of
from intake.notes import Note
from intake.text import Chunk
from registry.imports import store
from registry.imports.columns import FLAT
from registry.imports.crew import crew
from registry.imports.parsers import FlatParser
from registry.imports.prepare import Occasion, Preparer
from registry.imports.staging import Staging
from registry.settings import IdentityKeys, RegistrySettings


@dataclass(frozen=True)
class File:
    """A file of households that comes in.

    Attributes:
        notes: Takes what its sender should know of it.
    """

    format: Format
    chunks: AsyncIterator[Chunk]
    notes: list[Note]

    @property
    def is_flat(self) -> bool:
        """Tell whether a household's members stand in rows of a table."""
        return self.format != "ndjson"


async def stage(
    session: AsyncSession,
    staging: Staging,
    file: File,
    keys: IdentityKeys,
    settings: RegistrySettings,
    occasion: Occasion,
) -> None:
    """Read a file: every household is checked, and what is wrong is noted.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    await store.create_staging(session)
    if not file.is_flat:
        async with crew(settings, keys, occasion) as parsing:
            async for batch in parsing.batches(file.chunks):
                await staging.add(batch)
        return
    # Not by a crew: the rows of a household may go on in the next chunk.
    parser = FlatParser(Preparer(keys, occasion), reader_of(file.format, FLAT))
    sheets: dict[int, str] = {}
    async for chunk in file.chunks:
        if chunk.sheet:
            sheets[chunk.sheet_line] = chunk.sheet
        await staging.add(await asyncio.to_thread(parser.read, chunk))
    await staging.add(await asyncio.to_thread(parser.end))
    await store.keep_sheets(session, sheets)
    file.notes.extend(parser.notes)
