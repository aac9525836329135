"""XLSX and XLS: bombs are refused by what the archive declares, the rest meets the limits of the child.

Every row of every sheet becomes a line of CSV, hidden ones too, so that line numbers are row numbers. What calamine
gives as empty though it is not, errors and formulas whose result was never stored, is found in the sheet itself.
Source: OWASP ASVS 5.0, 5.2.3 (archives are checked before they are opened).
"""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, NamedTuple

import python_calamine

from contracts.id_numbers import without_id_numbers
from intake.refusals import EMPTY, TOO_LARGE, WORKBOOK, RefusedError, no_such
from intake.sheet_xml import SHORT_MONTH, About, Scanner, counts_from_1904, sheet_files, short_styles
from intake.written import COVERED, MERGED
from intake.xls import cells_of_xls

MAX_ENTRIES = 2_000
MAX_ENTRY_RATIO = 200
RATIO_FROM_BYTES = 16 << 20
# What Excel itself can hold; a sheet that says more would only burn time.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
# Cells that a sheet may span between its first and its last one: they are all laid out in memory.
MAX_CELLS = 100_000_000

# A year that was typed into a cell of dates, 1900 to 2100, is a day of 1905 there: it is given as the year that it was.
_DAY_0 = date(1899, 12, 30)
_YEARS_AS_DAYS = (date(1905, 3, 14), date(1905, 9, 30))

_PIECE_BYTES = 1 << 20
_PIECE_CHARS = 1 << 18
_LOOKED_AT = 512
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # an XLS is no archive: its size is what it is


def check_archive(file: IO[bytes], max_inflated_bytes: int) -> dict[str, About]:
    """Refuse an archive by its directory, and one whose directory lies about what is in it; an XLS by its records.

    Returns:
        What is to be known of the cells, by sheet.

    Raises:
        RefusedError: WORKBOOK: no ZIP archive, damaged, encrypted, too many entries, too large or too well compressed.
    """
    file.seek(0)
    begin = file.read(_LOOKED_AT)
    file.seek(0)
    if begin.startswith(_OLE):
        return cells_of_xls(file.read())
    if not begin.startswith(b"PK"):
        raise no_such(WORKBOOK, _look_of(begin), "XLSX or XLS workbook")
    told: dict[str, About] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_directory(entries, max_inflated_bytes)
            if counts_from_1904(archive):
                raise no_such(WORKBOOK, "a workbook whose dates count from 1904", "workbook that can be read surely")
            sheets, styles = sheet_files(archive), short_styles(archive)
            for entry in entries:
                scanner = Scanner(styles) if entry.filename in sheets else None
                with archive.open(entry) as content:
                    while piece := content.read(_PIECE_BYTES):  # what is more or other than the directory says fails
                        if scanner is not None:
                            scanner.feed(piece)
                if scanner is not None:
                    told[sheets[entry.filename]] = About(scanner.faulty, scanner.short)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise no_such(WORKBOOK, _DAMAGED, "XLSX or XLS workbook") from error
    return told


def _look_of(begin: bytes) -> str:
    """Say what a file looks like instead."""
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        begin = begin[: len(begin) // 2 * 2].decode("utf-16", "replace").encode()
    text = begin.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<?xml", b"mime-version")):
        return "a web page or XML that was named like a workbook; save it as .xlsx"
    if text.startswith(b"%pdf"):
        return "a PDF"
    if b"\0" not in begin:
        return "text; send it as text/csv"
    return "encrypted or damaged"


def _check_directory(entries: Sequence[zipfile.ZipInfo], max_inflated_bytes: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise RefusedError(WORKBOOK, f"the workbook has more than {MAX_ENTRIES} entries")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise no_such(WORKBOOK, "encrypted with a password", "workbook that can be read")
    if sum(entry.file_size for entry in entries) > max_inflated_bytes:
        raise no_such(WORKBOOK, _BEYOND, "workbook that can be read")
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MAX_ENTRY_RATIO * max(entry.compress_size, 1):
            raise no_such(WORKBOOK, _BEYOND, "workbook that can be read")
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise no_such(WORKBOOK, next(what for name, what in _OTHERS if name in names or not name), "XLSX workbook")


_BEYOND = "an archive that inflates beyond the limits"
_DAMAGED = "damaged, cut off, or too large to be read within the limits"
# What an archive is, by an entry of it.
_OTHERS = (
    ("xl/workbook.bin", "a binary workbook (.xlsb); save it as .xlsx"),
    ("content.xml", "an OpenDocument file; save it as .xlsx"),
    ("word/document.xml", "a text document or a presentation, no workbook"),
    ("ppt/presentation.xml", "a text document or a presentation, no workbook"),
    ("", "a ZIP archive that holds other files; send each file by itself"),
)


class Sheet(NamedTuple):
    """A sheet: its name, whether it is hidden, and the lines of CSV that its rows become, line by line."""

    name: str
    is_hidden: bool
    lines: Iterator[bytes]


def sheets_of(pieces: Iterable[bytes], max_bytes: int, max_inflated_bytes: int) -> Iterator[Sheet]:
    """Give the sheets of a workbook in their order, hidden ones too; each is to be read before the next.

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
        if not file.tell():
            raise RefusedError(EMPTY, "the file has no bytes")
        told = check_archive(file.file, max_inflated_bytes)
        is_archive = zipfile.is_zipfile(file.file)
        book = python_calamine.load_workbook(Path(file.name))
        for place, about in enumerate(book.sheets_metadata):
            if about.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            if is_archive and about.name not in told:  # an error in it would be taken for an empty cell
                raise no_such(WORKBOOK, _DAMAGED, "workbook whose sheets can be found")
            sheet = book.get_sheet_by_index(place)
            height, width = sheet.total_height, sheet.total_width
            if height > MAX_ROWS or width > MAX_COLUMNS or height * width > MAX_CELLS:
                raise RefusedError(WORKBOOK, f"the sheet spans {height} rows and {width} columns")
            is_hidden = about.visible is not python_calamine.SheetVisibleEnum.Visible
            yield Sheet(without_id_numbers(about.name), is_hidden, _lines(sheet, told.get(about.name, About({}, {}))))


def _lines(sheet: python_calamine.CalamineSheet, about: About) -> Iterator[bytes]:
    first = sheet.start[1] if sheet.start else 0
    rows: Iterable[list[Any]] = sheet.iter_rows()
    if about.short:
        rows = _as_shown(rows, first, about.short)
    if about.faulty:
        rows = _with_faulty(rows, first, max(about.faulty) + 1, about.faulty)
    merged = sheet.merged_cell_ranges
    if merged:
        rows = _filled(rows, first, merged)
    for line in render(rows):
        yield line.encode("utf-8", "replace")


def cell_text(value: object) -> str:
    """Give a cell as the text that a CSV would hold, in one line; empty for an empty one."""
    if isinstance(value, str):
        return " ".join(value.split("\n")).replace("\r", " ") if "\n" in value or "\r" in value else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Fifteen digits are what a spreadsheet keeps: 0.1 + 0.2 is shown as, and means, 0.3.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, date) and _YEARS_AS_DAYS[0] <= date(value.year, value.month, value.day) <= _YEARS_AS_DAYS[1]:
        return str((date(value.year, value.month, value.day) - _DAY_0).days)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def render(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Give the lines of CSV of a sheet, one for each row, so that line numbers are row numbers."""
    buffer = io.StringIO()
    write = csv.writer(buffer, lineterminator="\n").writerow
    for row in rows:
        write([cell_text(value) for value in row])
        if buffer.tell() > _PIECE_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _as_shown(rows: Iterable[list[Any]], first: int, short: Mapping[int, Mapping[int, str]]) -> Iterator[list[Any]]:
    """Give a date that is shown as a month or a year as just that: nobody wrote the day that the cell holds."""
    for number, row in enumerate(rows):
        for column, shown in short.get(number, {}).items():
            value = row[column - first] if 0 <= column - first < len(row) else None
            if isinstance(value, date):
                row[column - first] = f"{value.year}年{value.month}月" if shown == SHORT_MONTH else f"{value.year}年"
        yield row


def _with_faulty(
    rows: Iterable[list[Any]], first: int, height: int, faulty: Mapping[int, Mapping[int, str]]
) -> Iterator[list[Any]]:
    """Put what a cell lacks a value for into it: calamine gives such cells as empty ones."""
    number = -1
    for number, row in enumerate(rows):
        for column, text in faulty.get(number, {}).items():
            place = column - first
            if 0 <= place < len(row) and row[place] in ("", None):
                row[place] = text
        yield row
    for missing in range(number + 1, height):  # rows of nothing but such cells
        cells = faulty.get(missing, {})
        yield [cells.get(column, "") for column in range(first, max(cells, default=first) + 1)]


def _filled(
    rows: Iterable[list[Any]], first: int, ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> Iterator[list[Any]]:
    """Give every cell of a merged one its value, marked in all but the first; one that hides another value has none."""
    waiting = sorted(ranges, reverse=True)
    open_ranges: list[tuple[int, int, int, int, str]] = []
    for number, row in enumerate(rows):
        while waiting and waiting[-1][0][0] <= number:
            (top, left), (bottom, right) = waiting.pop()
            value = cell_text(row[left - first]) if top == number and 0 <= left - first < len(row) else ""
            open_ranges.append((top, left, bottom, right, value))
        open_ranges = [one for one in open_ranges if one[2] >= number]
        for top, left, _, right, value in open_ranges:
            for place in range(max(left - first, 0), min(right - first + 1, len(row))):
                if (number, place) == (top, left - first):
                    continue
                own = cell_text(row[place])
                if not own and value:
                    row[place] = MERGED + value
                elif own != value:
                    row[place] = COVERED
        yield row
