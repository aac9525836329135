"""The lake's parts: listed from the manifest in PostgreSQL, copied once, never changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from bangfu_backup.errors import BackupError
from bangfu_backup.manifest import File, sha256_of, sync
from sharing.lake.service import Lake

_BLOCK = 1 << 20
# The files that the manifest still needs, as housekeeping sees it (sharing.deliveries.store.known_paths).
_NEEDED = """
SELECT p.path FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id
WHERE d.state IN ('open', 'held', 'committed') AND d.rows_deleted_at IS NULL
UNION SELECT p.rejects_path FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id
WHERE p.rejects_path IS NOT NULL AND d.rejects_deleted_at IS NULL
UNION SELECT exclusion_path FROM delivery WHERE exclusion_path IS NOT NULL AND rows_deleted_at IS NULL
UNION SELECT identities_path FROM delivery WHERE identities_path IS NOT NULL AND rejects_deleted_at IS NULL
UNION SELECT regexp_replace(p.path, '/([^/]*)\\.parquet$', '/identities-\\1.sealed')
FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id WHERE d.state = 'open'
ORDER BY 1
"""


class PartGoneError(Exception):
    """A part that a snapshot names was deleted since: its days were over, or its delivery was given up."""


def needed(connection: psycopg.Connection[Any]) -> list[str]:
    """Paths that the sharing database names, as of the connection's snapshot."""
    return [path for (path,) in connection.execute(_NEEDED).fetchall()]


def collect(lake: Lake, paths: Iterable[str], pool: Path, known: Mapping[str, File]) -> tuple[list[File], list[File]]:
    """Bring the parts into the pool; give all of them, and those that had to be copied.

    A part in the pool that an earlier backup described is not read again; one that no backup described was left by
    a backup that did not finish, and is copied anew.

    Raises:
        PartGoneError: the lake does not hold a part any more.
    """
    parts: list[File] = []
    copied: list[File] = []
    for path in paths:
        part = known.get(path)
        if part is None or not (pool / path).exists():
            part = _fetch(lake, path, pool)
            copied.append(part)
        parts.append(part)
    return parts, copied


def _fetch(lake: Lake, path: str, pool: Path) -> File:
    target = pool / path
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    digest, size = hashlib.sha256(), 0
    try:
        with lake.open(path) as source, draft.open("wb") as sink:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                sink.write(block)
    except FileNotFoundError:
        draft.unlink(missing_ok=True)
        raise PartGoneError(path) from None
    sync(draft)
    draft.replace(target)
    sync(target.parent)
    return File(path=path, size=size, sha256=digest.hexdigest())


def put_back(lake: Lake, parts: Iterable[File], pool: Path) -> tuple[int, int]:
    """Copy parts from the pool into a lake, skipping those that are there; give their number and bytes.

    Raises:
        BackupError: a part changed between the check and the copy.
    """
    count = size = 0
    for part in parts:
        if not lake.holds(part.path, part.size):
            draft = lake.incoming(f"restore-{part.sha256}")
            shutil.copyfile(pool / part.path, draft)
            if sha256_of(draft) != part.sha256:
                draft.unlink()
                raise BackupError(f"备份在恢复期间改变 / the backup changed while it was restored: {part.path}")
            lake.publish(draft, part.path)
        count, size = count + 1, size + part.size
    return count, size


def prune(pool: Path, wanted: set[str]) -> int:
    """Delete parts that no backup needs any more, and drafts; give their number."""
    gone = 0
    for file in [path for path in pool.rglob("*") if path.is_file()]:
        if file.relative_to(pool).as_posix() not in wanted:
            file.unlink()
            gone += 1
            folder = file.parent
            while folder != pool and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent
    return gone
