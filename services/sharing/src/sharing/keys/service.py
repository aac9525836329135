"""Use cases of keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import keys as keykit
from servicekit.crypto import FieldCipher
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.tables import KeyRotation
from sharing.deliveries.service import kept_in, reseal, seal_anew
from sharing.keys import store
from sharing.lake.service import Lake, lake_of
from sharing.settings import SharingSettings

log = structlog.get_logger(__name__)


async def rotate_encryption(settings: SharingSettings, database: Database, batch: int) -> int:
    """Seal rejected rows, and who they are about, anew with the current key, file by file; give the number of files.

    A file is written under a new name first and the part then names it; the former one is swept like any file that
    nothing names, so that a download that runs meanwhile ends well.
    """
    ring, lake = settings.keyring("reject_key"), lake_of(settings)
    cipher = ring.cipher()
    async with database.transaction() as session:
        rotation = await keykit.begin_rotation(session, ring)
    changed = await _renew_identities(lake, cipher, ring.current_id, database, batch)
    while True:
        after = _place_of(rotation.position)
        async with database.transaction() as session:
            parts = await store.next_rejects(session, ring.current_id, after, batch)
            if not parts and rotation.position is None:
                await keykit.finish_rotation(session, rotation)
                return changed
            if not parts:
                await keykit.advance(session, rotation, None, 0)
        for part in parts:
            changed += await _move(database, lake, cipher, ring.current_id, part, rotation)


async def _renew_identities(lake: Lake, cipher: FieldCipher, key_id: str, database: Database, batch: int) -> int:
    """Seal anew who contradictory rows are about; give the number of files."""
    changed, after = 0, ""
    while True:
        async with database.transaction() as session:
            rows = await store.next_identities(session, key_id, after, batch)
        if not rows:
            return changed
        for row in rows:
            new_path = kept_in(row.identities_path.rpartition("/")[0])
            try:
                await asyncio.to_thread(seal_anew, lake, cipher, row.identities_path, new_path)
            except FileNotFoundError:  # deleted in time while this went on
                continue
            async with database.transaction() as session:
                is_moved = await store.move_identities(
                    session, row.id, old_path=row.identities_path, new_path=new_path, key_id=key_id
                )
            if not is_moved:
                await asyncio.to_thread(lake.delete, [new_path])
            changed += int(is_moved)
        after = rows[-1].id


async def _move(
    database: Database, lake: Lake, cipher: FieldCipher, key_id: str, part: Any, rotation: KeyRotation
) -> int:
    folder, _, old_name = part.rejects_path.rpartition("/")
    name = f"rejects-{part.number:05d}-{new_id()}.sealed"
    new_path = f"{folder}/{name}"
    incoming = lake.incoming(name)
    try:
        await asyncio.to_thread(_write, lake, cipher, part.rejects_path, incoming, new_path)
        async with database.transaction() as session:
            is_moved = await store.move_rejects(
                session, part.delivery_id, part.number, old_path=part.rejects_path, new_path=new_path, key_id=key_id
            )
            await keykit.advance(session, rotation, f"{part.delivery_id} {part.number}", int(is_moved))
    except FileNotFoundError:  # deleted in time while this went on
        log.info("key.rejects_gone", file=old_name)
        return 0
    finally:
        incoming.unlink(missing_ok=True)
    if not is_moved:
        await asyncio.to_thread(lake.delete, [new_path])
    return int(is_moved)


def _write(lake: Lake, cipher: FieldCipher, path: str, incoming: Path, new_path: str) -> None:
    with incoming.open("w", encoding="ascii") as out:
        out.writelines(reseal(lake.read(path), cipher, path, new_path))
    lake.publish(incoming, new_path)


def _place_of(position: str | None) -> tuple[str, int] | None:
    if position is None:
        return None
    delivery_id, _, number = position.partition(" ")
    return delivery_id, int(number)


async def persons_without_tokens(
    session: AsyncSession, key_ids: Sequence[str], households: Sequence[str] | None = None
) -> dict[str, int]:
    """Count, for each key, the persons of the directory, or of some households, that rows of it could not meet."""
    return await store.count_without_tokens(session, key_ids, households)


async def notes(session: AsyncSession, purpose: str, key_id: str) -> dict[str, int]:
    """Count what a key is not ready for: it may become the current one when nothing is left."""
    if purpose != "token":
        return {}
    return {"persons without its tokens": (await persons_without_tokens(session, [key_id]))[key_id]}


async def uses(session: AsyncSession, purpose: str, key_id: str) -> dict[str, int]:
    """Count what would be lost without a key.

    Tokens cannot be made anew: the ID numbers are gone. A token key goes when the last rows that have its tokens
    were deleted; see docs/decisions/0013.
    """
    if purpose == "reject":
        return {
            "files of rejected rows": await store.count_rejects(session, key_id),
            "files of whom contradictory rows are about": await store.count_identities(session, key_id),
            "parts of open deliveries": await store.count_open_parts(session, key_id),
        }
    return {"deliveries with its tokens": await store.count_deliveries(session, key_id)}
