"""Rows of an XLSX workbook, after its sizes were proved by unpacking it under a cap."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, ZipError

from registry.imports.problems import BodyTooLarge, DecompressionBomb, WorkbookUnreadable

_MAX_ENTRIES = 2_000
_PIECE_BYTES = 64 * 1024


def prove_sizes(path: Path, *, max_plain_bytes: int, max_ratio: int) -> None:
    """Unpack every entry under a cap and compare it with what the directory says.

    A workbook is a ZIP file, and the sizes in its directory are claims: a reader that trusts them
    may be made to fill the memory.

    Raises:
        WorkbookUnreadable: not a ZIP file, damaged, encrypted, or lying about its sizes.
        BodyTooLarge, DecompressionBomb: more than the caps.
    """
    total = 0
    packed = max(path.stat().st_size, 1)
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            entries = archive.infolist()
            if len(entries) > _MAX_ENTRIES:
                raise WorkbookUnreadable(f"more than {_MAX_ENTRIES} parts")
            for entry in entries:
                size = 0
                for piece in _unpacked(file, entry):
                    size += piece
                    total += piece
                    if total > max_plain_bytes:
                        raise BodyTooLarge(f"the workbook unpacks to more than {max_plain_bytes} bytes")
                    if total > 1024 * 1024 * 8 and total > packed * max_ratio:
                        raise DecompressionBomb(f"the workbook unpacks to more than {max_ratio} times its size")
                if size != entry.file_size:
                    raise WorkbookUnreadable("a part is not as large as the directory says")
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError) as error:
        raise WorkbookUnreadable("the file is not a readable XLSX workbook") from error


def _unpacked(file: Any, entry: zipfile.ZipInfo) -> Iterator[int]:
    """Give the sizes of the pieces that an entry really unpacks to, whatever the directory claims."""
    if entry.flag_bits & 0x1:
        raise WorkbookUnreadable("the workbook is encrypted")
    file.seek(entry.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04":
        raise WorkbookUnreadable("a part has no header")
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        yield left
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise WorkbookUnreadable("a part uses an unusual compression")
    stream = zlib.decompressobj(-15)
    while left > 0 and not stream.eof:
        data = file.read(min(left, _PIECE_BYTES))
        if not data:
            raise WorkbookUnreadable("the file ends too early")
        left -= len(data)
        while data and not stream.eof:
            yield len(stream.decompress(data, _PIECE_BYTES * 16))
            data = stream.unconsumed_tail


def rows_of(path: Path, *, max_rows: int) -> Iterator[tuple[int, list[Any]]]:
    """Give the rows of the first sheet with their numbers, from 1; blank rows are left out.

    Raises:
        WorkbookUnreadable: if there is no sheet that can be read.
        BodyTooLarge: if the sheet has more than `max_rows` rows.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        if not book.sheet_names:
            raise WorkbookUnreadable("the workbook has no sheet")
        sheet = book.get_sheet_by_index(0)
        if sheet.total_height > max_rows + 1:
            raise BodyTooLarge(f"the sheet has more than {max_rows} rows; send CSV or NDJSON instead")
        width = 0
        for number, row in enumerate(sheet.iter_rows(), start=1):
            if all(cell in (None, "") for cell in row):
                continue
            if not width:
                width = max(place for place, cell in enumerate(row, start=1) if cell not in (None, ""))
            yield number, list(row)[:width]
    except (CalamineError, ZipError) as error:
        raise WorkbookUnreadable("the workbook cannot be read") from error
