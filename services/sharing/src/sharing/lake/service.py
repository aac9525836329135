"""The lake's files: written under a temporary name, made durable, then moved into place and never changed.

Paths in the manifest are relative to the lake, so that a lake can be moved or restored elsewhere.
Layout: `dataset=<code>/period=<yyyy-mm>/area=<12 digits>/delivery=<id>/<file>`.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
import fsspec  # type: ignore[import-untyped]  # ships no types
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]  # ships no types

from sharing.settings import SharingSettings

INCOMING = ".incoming"


class Lake:
    """A folder or an fsspec URL. Methods block: call them in a thread."""

    def __init__(self, url: str, scratch: Path | None = None) -> None:
        """Use the lake at `url`.

        Args:
            scratch: Local folder for files being written when the lake is remote.
        """
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._url = url.rstrip("/")
        base = Path(self._root) if self._is_local else (scratch or Path(tempfile.gettempdir()))
        self._incoming = base / INCOMING

    def url_of(self, path: str) -> str:
        """Give the address under which DuckDB and pyarrow find a file of the manifest."""
        return str(Path(self._root) / path) if self._is_local else f"{self._url}/{path}"

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a DuckDB connection read this lake by the addresses of `url_of`."""
        if not self._is_local:
            connection.register_filesystem(self._fs)

    def incoming(self, name: str) -> Path:
        """Give a local path to write a new file to; nobody reads it before `publish`."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        return self._incoming / name

    def publish(self, incoming: Path, path: str) -> None:
        """Make a written file durable under its final name: once this returns, a power cut cannot take it away."""
        if not self._is_local:
            self._fs.put_file(str(incoming), f"{self._root}/{path}")
            incoming.unlink()
            return
        target = Path(self._root) / path
        created = _make_parents(target.parent)
        _sync(incoming)
        incoming.rename(target)
        for folder in (target.parent, *created):
            _sync(folder)

    def read(self, path: str) -> Iterator[str]:
        """Give the lines of a text file of the lake."""
        with self._fs.open(f"{self._root}/{path}", "r", encoding="ascii") as file:
            yield from file

    def open(self, path: str) -> BinaryIO:
        """Open a file of the lake for reading.

        Raises:
            FileNotFoundError: it is not there.
        """
        file: BinaryIO = self._fs.open(f"{self._root}/{path}", "rb")
        return file

    def holds(self, path: str, size: int | None = None) -> bool:
        """Tell whether a file is there, and of `size` bytes if that is given."""
        try:
            info = self._fs.info(f"{self._root}/{path}")
        except FileNotFoundError:
            return False
        return size is None or info["size"] == size

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files that may exist, and the folders that this leaves empty."""
        for path in paths:
            full = f"{self._root}/{path}"
            if self._fs.exists(full):
                self._fs.rm_file(full)
            if self._is_local:
                folder = Path(full).parent
                while folder != Path(self._root) and folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
                    folder = folder.parent

    def files(self, *, older_than_s: float) -> Iterator[str]:
        """Give the lake's files (not the incoming ones) that have not changed for `older_than_s`."""
        limit = time.time() - older_than_s
        if not self._fs.exists(self._root):
            return
        for full, entry in self._fs.find(self._root, detail=True).items():
            path = full.removeprefix(self._root).lstrip("/")
            if not path.startswith(INCOMING) and _changed_at(entry) < limit:
                yield path

    def sweep_incoming(self, *, older_than_s: float) -> int:
        """Delete files that a crashed or cancelled upload left behind; give their number."""
        limit = time.time() - older_than_s
        count = 0
        for file in self._incoming.glob("*") if self._incoming.is_dir() else ():
            try:
                if file.stat().st_mtime < limit:
                    file.unlink()
                    count += 1
            except FileNotFoundError:
                continue  # published or swept by another worker in between
        return count


def lake_of(settings: SharingSettings) -> Lake:
    """Give the lake that the settings name."""
    return Lake(settings.lake, scratch=settings.data_dir.absolute() / "scratch")


def _changed_at(entry: dict[str, object]) -> float:
    changed = entry.get("mtime") or entry.get("LastModified") or entry.get("created")
    if isinstance(changed, int | float):
        return float(changed)
    return changed.timestamp() if hasattr(changed, "timestamp") else time.time()


def _make_parents(folder: Path) -> list[Path]:
    """Create a folder; give the existing or new folders whose entries changed."""
    missing = []
    current = folder
    while not current.exists():
        missing.append(current)
        current = current.parent
    folder.mkdir(parents=True, exist_ok=True)
    return [path.parent for path in missing]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
