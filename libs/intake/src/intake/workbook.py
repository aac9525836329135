"""XLSX and XLS: bombs are refused by what the archive declares, the rest meets the limits of the child.

Every row of the first sheet becomes a line of NDJSON: first the list of headers, then an object for each row (a blank
line for a blank row), so that line numbers are row numbers.
Source: OWASP ASVS 5.0, 5.2.3 (archives are checked before they are opened).
"""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import python_calamine

from intake.refusals import TOO_LARGE, WORKBOOK, RefusedError

MAX_ENTRIES = 2_000
MAX_ENTRY_RATIO = 200
RATIO_FROM_BYTES = 16 << 20
# What Excel itself can hold; a sheet that says more would only burn time.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
# Cells that a sheet may span between its first and its last one: they are all laid out in memory.
MAX_CELLS = 100_000_000

_PIECE_BYTES = 1 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # an XLS is no archive: its size is what it is


def check_archive(file: IO[bytes], max_inflated_bytes: int) -> None:
    """Refuse an archive by its directory, and one whose directory lies about what is in it; an XLS passes.

    Raises:
        RefusedError: WORKBOOK: no ZIP archive, damaged, encrypted, too many entries, too large or too well compressed.
    """
    file.seek(0)
    if file.read(len(_OLE)) == _OLE:
        return
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_directory(entries, max_inflated_bytes)
            for entry in entries:
                with archive.open(entry) as content:
                    while content.read(_PIECE_BYTES):
                        pass  # what is more or other than the directory says fails here
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise RefusedError(WORKBOOK, "the file is not an XLSX or XLS workbook, or damaged") from error


def _check_directory(entries: Sequence[zipfile.ZipInfo], max_inflated_bytes: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise RefusedError(WORKBOOK, f"the workbook has more than {MAX_ENTRIES} entries")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise RefusedError(WORKBOOK, "the workbook is encrypted")
    if sum(entry.file_size for entry in entries) > max_inflated_bytes:
        raise RefusedError(WORKBOOK, f"the workbook inflates to more than {max_inflated_bytes} bytes")
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MAX_ENTRY_RATIO * max(entry.compress_size, 1):
            raise RefusedError(WORKBOOK, f"an entry of the workbook inflates more than {MAX_ENTRY_RATIO} times")
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise RefusedError(WORKBOOK, "the file is not an XLSX workbook")


def lines_of(pieces: Iterable[bytes], max_bytes: int, max_inflated_bytes: int) -> Iterator[bytes]:
    """Give the lines of a workbook's first sheet.

    Raises:
        RefusedError: TOO_LARGE; WORKBOOK as `check_archive`, and for a sheet that spans more than a sheet can.
        Exception: of calamine, for a damaged one.
    """
    with tempfile.NamedTemporaryFile() as file:
        for piece in pieces:
            if file.tell() + len(piece) > max_bytes:
                raise RefusedError(TOO_LARGE, f"a workbook may have {max_bytes} bytes", limit_bytes=max_bytes)
            file.write(piece)
        file.flush()
        check_archive(file.file, max_inflated_bytes)
        sheet = python_calamine.load_workbook(Path(file.name)).get_sheet_by_index(0)
    height, width = sheet.total_height, sheet.total_width
    if height > MAX_ROWS or width > MAX_COLUMNS or height * width > MAX_CELLS:
        raise RefusedError(WORKBOOK, f"the sheet spans {height} rows and {width} columns")
    for line in render(sheet.iter_rows()):
        yield line.encode("utf-8", "replace") + b"\n"


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
