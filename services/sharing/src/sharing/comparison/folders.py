"""The runs' folders: one a run, kept while the run may be replayed. These functions block: call them in a thread."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

# Beside the runs' folders: copies of lists, see list_rows; exports of the directory, see kept_directory.
LISTS = "lists"
DIRECTORY = "directory"


def fresh(folder: Path) -> None:
    """A run that crashed before begins again from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def tidy(folder: Path, *, keep: bool) -> None:
    """Delete what a run needed while it worked, or its whole folder."""
    shutil.rmtree(folder / "tmp" if keep else folder, ignore_errors=True)


def runs_in(root: Path) -> list[str]:
    """Give the ids of the runs that have a folder."""
    if not root.is_dir():
        return []
    return [folder.name for folder in root.iterdir() if folder.is_dir() and folder.name not in (LISTS, DIRECTORY)]


def remove(root: Path, old: Iterable[str], strangers: Iterable[str], limit: float) -> None:
    """Delete the folders of `old` runs, and of `strangers` that were last changed before `limit` (epoch seconds)."""
    for name in old:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in strangers:
        with contextlib.suppress(FileNotFoundError):
            if (root / name).stat().st_mtime < limit:
                shutil.rmtree(root / name, ignore_errors=True)


def read_csv(file: Path, columns: Mapping[str, str]) -> str:
    """Write DuckDB's expression for the rows of a CSV file without a header, as PostgreSQL's COPY reads and writes it.

    Args:
        columns: Name -> SQL type, in order.
    """
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    # auto_detect=false: what was written is known, guessing could only be wrong.
    return (
        f"read_csv('{file}', auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = '', columns = {{{typed}}})"
    )
