"""What a backup says about itself, and how its files are checked against that."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bangfu_backup.errors import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
PARTS = "parts.ndjson"
LAKE = "lake"


class File(BaseModel):
    """A file of the backup, by its path relative to the backup's folder (a part: relative to the lake)."""

    path: str
    size: int
    sha256: str


class DatabaseDump(BaseModel):
    """A database as it was in one snapshot.

    Attributes:
        revision: Schema revision (Alembic); empty for the embedded bus, which has none.
        server: Version of the PostgreSQL server it came from.
    """

    revision: str
    server: str
    files: list[File]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


class Manifest(BaseModel):
    """One backup.

    Attributes:
        cut_at: The instant (real time) that all databases are at. What happened later is not in the backup.
        paused_ms: How long consumers were held back for the cut.
        databases: By name: the four services, and `bus` where the embedded bus was used.
        parts: How many parts of the lake belong to it, and their bytes.
        new_parts: How many of them this backup had to copy, and their bytes.
        keys: Fingerprint of each key that the data need, by name. Not the keys.
        clock_offset_s: Offset of the business clock of an embedded system; None otherwise.
    """

    format: int = FORMAT
    name: str
    bangfu: str
    tools: str
    cut_at: datetime
    paused_ms: float
    seconds: float
    databases: dict[str, DatabaseDump]
    part_list: File
    parts: int
    part_bytes: int
    new_parts: int
    new_part_bytes: int
    keys: dict[str, str]
    clock_offset_s: float | None = None

    def files(self) -> list[File]:
        """Every file in the backup's own folder but the manifest."""
        return [self.part_list, *(file for dump in self.databases.values() for file in dump.files)]


def sha256_of(path: Path) -> str:
    """Digest of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def described(folder: Path, path: Path) -> File:
    """Describe a finished file, made durable."""
    sync(path)
    return File(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=sha256_of(path))


def sync(path: Path) -> None:
    """Have a file's or folder's content survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_parts(path: Path, parts: list[File]) -> None:
    """Write the list of parts, a JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for part in parts:
            file.write(part.model_dump_json() + "\n")


def read_parts(backup: Path) -> Iterator[File]:
    """Read the list of parts of a backup."""
    with (backup / PARTS).open(encoding="utf-8") as file:
        for line in file:
            yield File.model_validate_json(line)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and its own digest, in the form that `sha256sum -c` reads."""
    path = folder / MANIFEST
    path.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sync(path)
    digest = folder / f"{MANIFEST}.sha256"
    digest.write_text(f"{sha256_of(path)}  {MANIFEST}\n", encoding="ascii")
    sync(digest)


def backups_in(root: Path) -> list[Path]:
    """The finished backups of a backup folder, oldest first."""
    return sorted(path.parent for path in root.glob(f"[0-9]*/{MANIFEST}"))


def open_backup(root: Path, name: str | None) -> Path:
    """Find a backup by name, or the newest.

    Raises:
        BackupError: there is none.
    """
    known = backups_in(root)
    if name is not None:
        known = [path for path in known if path.name == name]
    if not known:
        raise BackupError(
            f"没有找到备份 / no backup {name or ''} in {root}", advice="检查目录和 --backup / check DIR and --backup"
        )
    return known[-1]


def read_manifest(backup: Path) -> Manifest:
    """Read the manifest of a backup, checked against its digest.

    Raises:
        BackupError: it is damaged, or of a format this version does not know.
    """
    path, digest = backup / MANIFEST, backup / f"{MANIFEST}.sha256"
    try:
        wanted = digest.read_text(encoding="ascii").split()[0]
        if sha256_of(path) != wanted:
            raise ValueError("digest differs")
        manifest = Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValueError, IndexError, ValidationError) as error:
        raise _damaged(backup, [f"{MANIFEST} ({type(error).__name__})"]) from None
    if manifest.format != FORMAT:
        raise BackupError(f"备份格式 / backup format {manifest.format}: 本版本只识别 / this version knows {FORMAT}")
    return manifest


def check(root: Path, backup: Path, manifest: Manifest) -> None:
    """Read every byte of a backup, its parts in the lake included, and compare it with the manifest.

    Raises:
        BackupError: naming what is missing or differs.
    """

    def fault_of(item: tuple[Path, File]) -> str | None:
        folder, file = item
        path = folder / file.path
        try:
            is_whole = path.stat().st_size == file.size and sha256_of(path) == file.sha256
        except OSError:
            return f"{file.path} (missing)"
        return None if is_whole else file.path

    with ThreadPoolExecutor(max_workers=2) as pool:  # SHA-256 runs outside the interpreter's lock
        faults = [fault for fault in pool.map(fault_of, ((backup, file) for file in manifest.files())) if fault]
        if faults:  # the list of parts may be one of them
            raise _damaged(backup, faults)
        parts = ((root / LAKE, part) for part in read_parts(backup))
        faults = [fault for fault in pool.map(fault_of, parts) if fault]
    if faults:
        raise _damaged(backup, faults)


def _damaged(backup: Path, faults: list[str]) -> BackupError:
    shown = ", ".join(faults[:5]) + (f" … ({len(faults)})" if len(faults) > 5 else "")
    return BackupError(
        f"备份 {backup.name} 已损坏,未作任何改动 / the backup is damaged, nothing was touched: {shown}",
        advice="用 --backup 选较早的备份 / choose an older one with --backup",
    )
