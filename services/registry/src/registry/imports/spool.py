"""Where the bytes of an import wait, and the queue of imports: statements by name, each a short transaction's.

The bytes wait in the database, encrypted, in blocks of about a MiB: durable with the answer that accepts them, there
for every worker, in every backup, and gone in the transaction that ends the import.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.imports.tables import ImportPart, ImportRun
from servicekit.crypto import FieldCipher
from servicekit.db import Database

CHANNEL = "import_run"
MAX_ATTEMPTS = 10  # of workers that were killed, or met somebody's changes, in the middle of one import
ABANDONED_H = 72  # they are full of people: not as long as the key that began it is known

_WAITS = "state = 'received' OR (state = 'running' AND lease_until < clock_timestamp())"

_PUT_BLOCK = """
INSERT INTO import_block (import_id, upload_id, number, data)
VALUES (CAST(:import_id AS uuid), CAST(:upload_id AS uuid), :number, :data)
"""

_GET_BLOCK = """
SELECT data FROM import_block
WHERE import_id = CAST(:import_id AS uuid) AND upload_id = CAST(:upload_id AS uuid) AND number = :number
"""

_CLAIM = f"""
UPDATE import_run SET state = 'running', attempts = attempts + 1, rows_read = 0, started_at = :at,
    lease_token = gen_random_uuid(), lease_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id = (SELECT id FROM import_run WHERE {_WAITS} ORDER BY opened_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""

_RENEW = """
UPDATE import_run SET rows_read = :rows, lease_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id = CAST(:id AS uuid) AND lease_token = CAST(:token AS uuid) RETURNING 1
"""

_RELEASE = """
UPDATE import_run SET state = 'received', attempts = :attempts, lease_token = NULL, lease_until = NULL
WHERE id = CAST(:id AS uuid) AND lease_token = CAST(:token AS uuid)
"""


async def parts_of(session: AsyncSession, import_id: object) -> list[ImportPart]:
    """Give the parts of an import by number."""
    found = select(ImportPart).where(col(ImportPart.import_id) == import_id).order_by(col(ImportPart.number))
    return list((await session.execute(found)).scalars())


async def put_block(database: Database, place: tuple[str, str, int], data: bytes) -> None:
    """Store a sealed block at (import, upload, number). The part's own commit makes it durable."""
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL synchronous_commit = off"))
        import_id, upload_id, number = place
        await session.execute(
            text(_PUT_BLOCK), {"import_id": import_id, "upload_id": upload_id, "number": number, "data": data}
        )


async def blocks_of(database: Database, cipher: FieldCipher, import_id: str) -> AsyncIterator[bytes]:
    """Give the bytes of an import as they were sent, a block at a time.

    Raises:
        DecryptionError: the key that sealed them is not here any more.
    """
    async with database.transaction() as session:
        parts = await parts_of(session, import_id)
    for part in parts:
        number = 0
        place = {"import_id": import_id, "upload_id": str(part.upload_id)}
        while rows := await database.read(_GET_BLOCK, place | {"number": number}):
            [(data,)] = rows
            yield cipher.unseal(data, place_of(str(part.upload_id), number))
            number += 1


def place_of(upload_id: str, number: int) -> str:
    """Give what a block is bound to, so that blocks cannot be exchanged unnoticed."""
    return f"import_block|{upload_id}|{number}"


async def drop_upload(database: Database, import_id: str, upload_id: str) -> None:
    """Forget the blocks of an upload that did not come to its end."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "DELETE FROM import_block"
                " WHERE import_id = CAST(:import_id AS uuid) AND upload_id = CAST(:upload_id AS uuid)"
            ),
            {"import_id": import_id, "upload_id": upload_id},
        )


async def drop_blocks(session: AsyncSession, import_id: object) -> None:
    """Forget the bytes of an import."""
    await session.execute(text("DELETE FROM import_block WHERE import_id = CAST(:id AS uuid)"), {"id": str(import_id)})


async def drop_import(database: Database, import_id: str) -> None:
    """Forget an import that never was received."""
    async with database.transaction() as session:
        await _drop(session, "id = CAST(:id AS uuid) AND state = 'open'", {"id": import_id})


async def sweep(session: AsyncSession) -> None:
    """Forget imports whose parts stopped coming days ago."""
    await _drop(
        session, "state = 'open' AND opened_at < now() - make_interval(hours => :hours)", {"hours": ABANDONED_H}
    )


async def _drop(session: AsyncSession, clause: str, parameters: dict[str, Any]) -> None:
    await session.execute(
        text(
            f"WITH gone AS (DELETE FROM import_run WHERE {clause} RETURNING id),"
            " parts AS (DELETE FROM import_part WHERE import_id IN (SELECT id FROM gone))"
            " DELETE FROM import_block WHERE import_id IN (SELECT id FROM gone)"
        ),
        parameters,
    )


async def announce(session: AsyncSession) -> None:
    """Wake the workers when the transaction commits."""
    await session.execute(text(f"NOTIFY {CHANNEL}"))


async def is_any_waiting(database: Database) -> bool:
    """Tell whether `claim` is worth a transaction."""
    [(is_there,)] = await database.read(f"SELECT EXISTS (SELECT FROM import_run WHERE {_WAITS})")
    return bool(is_there)


async def claim(session: AsyncSession, at: datetime, lease_s: float) -> ImportRun | None:
    """Take the next import, or one whose worker is gone; nobody else has it until the lease ends."""
    claimed = (await session.execute(text(_CLAIM), {"at": at, "lease": lease_s})).scalars().first()
    return await session.get(ImportRun, claimed) if claimed is not None else None


async def renew(database: Database, run: ImportRun, rows: int, lease_s: float) -> bool:
    """Give a sign of life and tell how far it is; False if the import is no longer this worker's."""
    async with database.transaction() as session:
        values = {"rows": rows, "lease": lease_s, "id": str(run.id), "token": str(run.lease_token)}
        return (await session.execute(text(_RENEW), values)).first() is not None


async def release(database: Database, run: ImportRun, *, attempts: int) -> None:
    """Put an import back into the queue; `attempts` is how often it may be said to have been tried."""
    async with database.transaction() as session:
        values = {"id": str(run.id), "token": str(run.lease_token), "attempts": attempts}
        await session.execute(text(_RELEASE), values)
        await announce(session)


async def hold(session: AsyncSession, run: ImportRun) -> ImportRun | None:
    """Lock an import that this worker still holds; None if another one has taken it over."""
    held = select(ImportRun).where(col(ImportRun.id) == run.id, col(ImportRun.lease_token) == run.lease_token)
    return (await session.execute(held.with_for_update())).scalars().first()
