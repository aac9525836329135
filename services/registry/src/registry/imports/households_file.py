"""Reading a file of households into the register: staged chunk by chunk, merged set by set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from intake.declared import Format
from intake.lines import reader_of
from intake.text import Chunk
from registry.episodes import service as episodes
from registry.households import service as households
from registry.imports import sql, store
from registry.imports.columns import FLAT
from registry.imports.crew import crew
from registry.imports.parsers import FlatParser
from registry.imports.prepare import Occasion, Preparer
from registry.imports.staging import Staging
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import clock
from servicekit.auth import Principal
from servicekit.failpoints import failpoint_async


async def read(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    settings: RegistrySettings,
    file_format: Format,
    chunks: AsyncIterator[Chunk],
) -> dict[str, Any]:
    """Import a file: every household is checked, accepted ones are upserted by their number, others come back.

    Everything happens in the session's transaction; memory does not grow with the file.

    Returns:
        The columns of `import_run` that say what became of it.

    Raises:
        RefusedError: the file as a whole cannot be used.
        PersonElsewhere: somebody registered a person by hand meanwhile; the same file can be imported again.
    """
    at, today = clock.now(), clock.today()
    occasion = Occasion(at, today, principal.client_id)
    await store.create_staging(session)
    is_flat = file_format != "ndjson"
    # The rows of a household in a flat file may stand apart, and be refused apart.
    staging = Staging(session, principal, today, takes_directly=not is_flat)
    warnings: list[str] = []
    if is_flat:
        # Not by a crew: the rows of a household may go on in the next chunk.
        parser = FlatParser(Preparer(keys, occasion), reader_of(file_format, FLAT))
        async for chunk in chunks:
            await staging.add(await asyncio.to_thread(parser.read, chunk))
        await staging.add(await asyncio.to_thread(parser.end))
        warnings = parser.warnings
    else:
        async with crew(settings, keys, occasion) as parsing:
            async for batch in parsing.batches(chunks):
                await staging.add(batch)
    await failpoint_async("registry.import_staged")
    await merge(session, principal, is_flat=is_flat, may_update=True, at=at)
    return await store.counts(session) | {"warnings": warnings}


async def merge(session: AsyncSession, principal: Principal, *, is_flat: bool, may_update: bool, at: datetime) -> None:
    """Bring the staged households into the registry and announce each one, all in this transaction."""
    by = principal.client_id
    await store.reject(
        session,
        today=clock.today(),
        area_clause=principal.area_clause("a.code"),
        old_area_clause=principal.area_clause("m.old_village_code"),
        is_flat=is_flat,
        may_update=may_update,
    )
    await households.changes.begin(session, sql.CHANGED_IDS, {}, cause="import", by=by)
    try:
        await store.merge_families(session, at=at, today=clock.today())
    except IntegrityError as error:
        if households.is_about_persons(error):  # a member joined another household by hand meanwhile
            raise households.PersonElsewhere("a person was registered elsewhere meanwhile") from error
        raise
    await failpoint_async("registry.import_merged")
    await episodes.record_registered(session, sql.MONITORED, by=by, at=at)
    await households.changes.finish(session, sql.CHANGED_IDS, {}, keep_fingerprint=True)
    await households.changes.announce(session, sql.TOUCHED_IDS, {})
