"""The directory's export, kept between comparisons: made beforehand, so that a run adds only what changed since.

A household's row is written by every transaction that changes anything about the household, members, incomes and
tokens included (`directory.store`), and PostgreSQL keeps in each row who wrote it last (`xmin`). An export notes the
oldest transaction that was still running when it was made, its watermark: whatever has not been written by that
one or a later one is in it, whichever order they committed in. So a release that knows nothing of exports cannot
make one wrong, and the directory's writers pay nothing.

An export is a file on the worker's own disk. It counts only if the database knows its id and its SHA-256: then the
database has not gone back behind it, as after a restore, and the file is whole. It may be deleted at any time.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from sharing.comparison import folders
from sharing.comparison.directory import FORMAT, KEPT, pack
from sharing.comparison.store import export_directory

_KNOWN = 64  # exports that the database remembers: one a worker is in use
_CRASHED_S = 3600.0  # an export that did not become a file in this time never will

_CLUSTER = "(SELECT system_identifier FROM pg_control_system())"

# A row's transaction is known by its last 32 bits. Beyond half of that range they would mean another one.
_FIND = f"""
SELECT id, watermark::text AS watermark, sha256 FROM directory_export
WHERE id = ANY(:ids) AND format = :format AND cluster = {_CLUSTER}
  AND pg_snapshot_xmax(pg_current_snapshot())::text::numeric - watermark::text::numeric BETWEEN 0 AND 2147483647
ORDER BY made_at DESC, id DESC
"""
_WRITTEN_SINCE = "age(xmin) <= age(CAST(CAST(:watermark AS xid8) AS xid))"
_CHANGED = f"SELECT household_id FROM directory_household WHERE {_WRITTEN_SINCE}"
_SHARE = f"SELECT count(*) FILTER (WHERE {_WRITTEN_SINCE}) <= :share * count(*) FROM directory_household"
_ADD = f"""
INSERT INTO directory_export (id, watermark, cluster, format, sha256, made_at)
VALUES (:id, CAST(:watermark AS xid8), {_CLUSTER}, :format, :sha256, :at)
"""
_FORGET = """
DELETE FROM directory_export WHERE id = ANY(:ids)
    OR id NOT IN (SELECT id FROM directory_export ORDER BY made_at DESC, id DESC LIMIT :known)
"""


@dataclass(frozen=True)
class Kept:
    """An export that counts. `watermark` is a transaction id (xid8) as text."""

    id: str
    watermark: str


async def changed_since(session: AsyncSession, kept: Kept) -> list[str]:
    """Give the households that may have changed after an export was made, ended ones included."""
    return list((await session.execute(text(_CHANGED), {"watermark": kept.watermark})).scalars())


class KeptDirectory:
    """The exports of one worker. Several workers may share the folder."""

    def __init__(self, database: Database, folder: Path, *, memory_bytes: int) -> None:
        """Keep them in `folder`; packing one takes at most `memory_bytes`, then disk."""
        self._database = database
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._lock = asyncio.Lock()

    async def bring_up_to_date(self, *, most_changed: float, into: Path | None = None) -> Kept:
        """Make a new export unless there is one that still says enough; give it.

        Args:
            most_changed: The share of households that may have changed since.
            into: A folder that is to hold the file too, under another link: it stays there when the export is replaced.
        """
        async with self._lock:
            async with self._database.transaction() as session:
                kept = await self._find(session, into)
                if kept is not None:
                    enough = await session.execute(text(_SHARE), {"watermark": kept.watermark, "share": most_changed})
                    if enough.scalar_one():
                        return kept
            return await self._make(into)

    async def forget(self) -> None:
        """Let go of every export of this folder."""
        async with self._lock, self._database.transaction() as session:
            await self._remove(session, self._ids())

    async def sweep(self, limit: float) -> None:
        """Delete exports made before `limit` (epoch seconds): they may know people who have left the directory."""
        async with self._lock:
            old = [key for key in self._ids() if _made_at(self._file(key)) < limit]
            if old:
                async with self._database.transaction() as session:
                    await self._remove(session, old)

    async def _find(self, session: AsyncSession, into: Path | None) -> Kept | None:
        rows = await session.execute(text(_FIND), {"ids": self._ids(), "format": FORMAT})
        for row in rows:
            try:
                file = self._file(row.id) if into is None else _link(self._file(row.id), into)
                if await asyncio.to_thread(_sha256, file) == row.sha256:
                    return Kept(row.id, row.watermark)
            except FileNotFoundError:  # another worker has replaced it
                continue
        return None

    async def _make(self, into: Path | None) -> Kept:
        key = new_id()
        draft = self._folder / f"{key}.draft"
        try:
            await asyncio.to_thread(self._begin, draft)
            async with self._database.transaction() as session:
                await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
                oldest = await session.execute(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))
                kept = Kept(key, oldest.scalar_one())
                await export_directory(session, draft)
            sha256 = await asyncio.to_thread(self._pack, draft, self._file(key), into)
        finally:
            await asyncio.to_thread(folders.tidy, draft, keep=False)
        await failpoint_async("comparison.directory_packed")
        former = [each for each in self._ids() if each < key]  # ids grow: of two workers' exports the newer one stays
        async with self._database.transaction() as session:
            values = {"id": key, "watermark": kept.watermark, "format": FORMAT, "sha256": sha256, "at": clock.now()}
            await session.execute(text(_ADD), values)
            await self._remove(session, former)
        return kept

    async def _remove(self, session: AsyncSession, ids: list[str]) -> None:
        for key in ids:
            self._file(key).unlink(missing_ok=True)
        await session.execute(text(_FORGET), {"ids": ids, "known": _KNOWN})

    def _begin(self, draft: Path) -> None:
        """Create the folder of an export, and delete what crashed workers left of theirs."""
        left = [folder.name for folder in self._folder.glob("*.draft")]
        folders.remove(self._folder, [], left, time.time() - _CRASHED_S)
        folders.fresh(draft)

    def _pack(self, draft: Path, file: Path, into: Path | None) -> str:
        packed = draft / KEPT
        pack(draft, packed, memory_bytes=self._memory_bytes)
        digest = _sha256(packed)
        if into is not None:  # before another worker can replace it
            _link(packed, into)
        # Not made durable: what a power cut leaves of it has another digest, and is made again.
        packed.rename(file)
        return digest

    def _ids(self) -> list[str]:
        return sorted(file.stem for file in self._folder.glob("*.duckdb"))

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.duckdb"


def _link(file: Path, into: Path) -> Path:
    linked = into / KEPT
    linked.unlink(missing_ok=True)
    try:
        os.link(file, linked)
    except FileNotFoundError:
        raise
    except OSError:  # a shared volume without hard links
        shutil.copyfile(file, linked)
    return linked


def _made_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another worker has replaced it
        return math.inf


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
