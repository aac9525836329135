"""XLSX: bombs are refused by what the archive declares, the rest is read in a process with a memory limit.

`python -m sharing.deliveries.intake.workbook <fd>` reads the workbook on an inherited descriptor and
writes NDJSON: first the list of headers, then a line for every row of the sheet (a blank one for a blank
row), so that line numbers are row numbers. Sizes that lie, and sheets whose two cells lie a million rows
apart, hit the limit there instead of taking the service with them.
Source: OWASP ASVS 5.0, 5.2.3 (archives are checked before they are opened).
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

MAX_ENTRIES = 2_000
MAX_ENTRY_RATIO = 200
RATIO_FROM_BYTES = 16 << 20
MAX_CPU_S = 300
_PIECE_BYTES = 1 << 20
_INTERPRETER_FAILED = 1  # what Python ends with after an exception outside of the reading
_UNREADABLE = 2


class UnreadableWorkbookError(Exception):
    """Not a workbook that can be read here; the text says why, in English."""


def check_archive(file: IO[bytes], max_inflated_bytes: int) -> None:
    """Refuse an archive by its directory alone.

    Raises:
        UnreadableWorkbookError: no ZIP archive, encrypted, too many entries, too large or too well compressed.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableWorkbookError("the file is not an XLSX workbook") from error
    if len(entries) > MAX_ENTRIES:
        raise UnreadableWorkbookError(f"the workbook has more than {MAX_ENTRIES} entries")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnreadableWorkbookError("the workbook is encrypted")
    if sum(entry.file_size for entry in entries) > max_inflated_bytes:
        raise UnreadableWorkbookError(f"the workbook inflates to more than {max_inflated_bytes} bytes")
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MAX_ENTRY_RATIO * max(entry.compress_size, 1):
            raise UnreadableWorkbookError(f"an entry of the workbook inflates more than {MAX_ENTRY_RATIO} times")
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise UnreadableWorkbookError("the file is not an XLSX workbook")


class WorkbookProcess:
    """Reads a workbook in a process of its own."""

    def __init__(self, file: IO[bytes], memory_bytes: int) -> None:
        """Start reading `file` (a real file; it may be unlinked already)."""
        descriptor = file.fileno()
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-I", "-m", __name__, str(descriptor), str(memory_bytes)],
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},  # none of the service's secrets
        )

    def lines(self) -> Iterator[bytes]:
        """Give the NDJSON in pieces.

        Raises:
            UnreadableWorkbookError: if the process could not read the workbook, or not within its limits.
            RuntimeError: if the process itself did not work; the workbook may be good.
        """
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        while piece := self._process.stdout.read(_PIECE_BYTES):
            yield piece
        code = self._process.wait()
        if code == _INTERPRETER_FAILED:
            raise RuntimeError("the process that reads workbooks could not load its reader")
        if code != 0:
            raise UnreadableWorkbookError("the workbook is damaged, or too large to be read within the memory limit")

    def close(self) -> None:
        """End the process if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def cell_text(value: object) -> str | None:
    """Give a cell as the text that a CSV would hold; None for an empty one."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Fifteen digits are what a spreadsheet keeps: 0.1 + 0.2 is shown as, and means, 0.3.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return None if isinstance(value, timedelta) else str(value)


def render(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Give the NDJSON lines of a sheet whose first row that is not blank is the header.

    The header comes first; blank rows above it follow it as blank lines, so that line numbers are row numbers.
    """
    header: list[str] | None = None
    above = 0
    for row in rows:
        cells = [cell_text(value) for value in row]
        if header is None:
            if not any(cells):
                above += 1
                continue
            header = [(cell or "").strip() for cell in cells]
            yield json.dumps(header, ensure_ascii=False)
            yield from [""] * above
            continue
        named = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell is not None}
        yield json.dumps(named, ensure_ascii=False) if named else ""


def _limit(memory_bytes: int) -> None:
    import contextlib
    import resource

    for kind, limit in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, MAX_CPU_S)):
        with contextlib.suppress(ValueError, OSError):  # a platform without this limit
            resource.setrlimit(kind, (limit, limit))


def main(descriptor: int, memory_bytes: int) -> int:
    """Read the first sheet of the workbook on `descriptor` and write it to standard output."""
    _limit(memory_bytes)
    import python_calamine

    try:
        workbook = python_calamine.load_workbook(Path(f"/dev/fd/{descriptor}"))
        sheet = workbook.get_sheet_by_index(0)
        out = sys.stdout.buffer
        for line in render(sheet.iter_rows()):
            out.write(line.encode("utf-8", "replace") + b"\n")
        out.flush()
    except BaseException:  # a panic too: every failure of a parser fed with hostile bytes means the same
        return _UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
