"""What an XLS says of cells beside their values: errors, which calamine gives as empty ones, formulas without a result,
and dates that are shown as a month or a year only.

Source: [MS-CFB] (the compound file: sectors, FAT, directory), [MS-XLS] 2.5.10 (BoolErr 0x0205, Formula 0x0006,
BoundSheet8 0x0085, BOF 0x0809), 2.4 (Date1904 0x0022, FilePass 0x002F, Format 0x041E, XF 0x00E0, Number 0x0203, RK
0x027E, MulRk 0x00BD), [MS-OFFCRYPTO] 2.3 (EncryptedPackage).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from intake.refusals import WORKBOOK, no_such
from intake.sheet_xml import KNOWN_FORMATS, MAX_FAULTY, UNCOMPUTED, About, shown_of

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_FORMULA, _BOUND_SHEET, _BOOL_ERR, _BOF, _EOF = 0x0006, 0x0085, 0x0205, 0x0809, 0x000A
_DATE_1904, _FILE_PASS, _FORMAT, _XF = 0x0022, 0x002F, 0x041E, 0x00E0
_NUMBERS, _MULTIPLE = (0x0203, 0x027E, _FORMULA), 0x00BD
_LAST_SECTOR = 0xFFFFFFFA  # what is more is no sector
_MAX_SECTORS = 1 << 20


def cells_of_xls(data: bytes) -> dict[str, About]:
    """Give what is to be known of the cells, by sheet; nothing of a file that is no sound compound file.

    Raises:
        RefusedError: WORKBOOK: encrypted, or its dates count from 1904.
        ValueError: more cells hold an error than can be told.
    """
    try:
        return _cells(_workbook_stream(data))
    except (struct.error, IndexError, UnicodeDecodeError):
        return {}  # calamine refuses it, or reads what can be read


def _cells(stream: bytes) -> dict[str, About]:
    names: dict[int, str] = {}
    found: dict[str, About] = {}
    formats, styles = dict(KNOWN_FORMATS), list[str]()
    sheet, count = "", 0
    for place, kind, body in _records(stream):
        cells: dict[tuple[int, int], tuple[int, str]] = {}  # of the faulty (0) or short (1) ones
        if kind == _BOUND_SHEET:
            size, is_wide = body[6], body[7] & 1
            text = body[8 : 8 + size * (2 if is_wide else 1)]
            names[struct.unpack_from("<I", body)[0]] = text.decode("utf-16-le" if is_wide else "latin-1")
        elif kind == _BOF:
            sheet = names.get(place, sheet)
        elif kind == _FILE_PASS:
            raise no_such(WORKBOOK, "encrypted with a password", "workbook that can be read")
        elif kind == _DATE_1904 and body[:1] == b"\x01":
            raise no_such(WORKBOOK, "a workbook whose dates count from 1904", "workbook that can be read surely")
        elif kind == _FORMAT:
            number, size, is_wide = struct.unpack_from("<HHB", body)
            code = body[5 : 5 + size * (2 if is_wide & 1 else 1)].decode("utf-16-le" if is_wide & 1 else "latin-1")
            formats[number] = shown_of(code)
        elif kind == _XF:
            styles.append(formats.get(struct.unpack_from("<H", body, 2)[0], ""))
        elif kind == _BOOL_ERR and body[7]:
            cells[struct.unpack_from("<HH", body)] = 0, _ERRORS.get(body[6], "#N/A")
        elif kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
            cells[struct.unpack_from("<HH", body)] = 0, _ERRORS.get(body[8], "#N/A")
        elif kind == _FORMULA and body[6] == 3 and body[12:14] == b"\xff\xff":
            cells[struct.unpack_from("<HH", body)] = 0, UNCOMPUTED  # an empty text: what never was computed has it too
        elif kind in _NUMBERS:
            row, column, style = struct.unpack_from("<HHH", body)
            if style < len(styles) and styles[style]:
                cells[row, column] = 1, styles[style]
        elif kind == _MULTIPLE:
            row, first = struct.unpack_from("<HH", body)
            for number in range((len(body) - 6) // 6):
                style = struct.unpack_from("<H", body, 4 + number * 6)[0]
                if style < len(styles) and styles[style]:
                    cells[row, first + number] = 1, styles[style]
        for (row, column), (which, shown) in cells.items():
            found.setdefault(sheet, About({}, {}))[which].setdefault(row, {})[column] = shown
            count += 1
        if count > MAX_FAULTY:
            raise ValueError("more cells hold an error than can be told")
    return found


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield place, kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _workbook_stream(data: bytes) -> bytes:
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    directory, cutoff = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 56)[0]
    table = list(struct.unpack_from("<109I", data, 76))
    more = struct.unpack_from("<I", data, 68)[0]
    while more < _LAST_SECTOR and len(table) < _MAX_SECTORS:
        *numbers, more = struct.unpack_from(f"<{sector // 4}I", data, (more + 1) * sector)
        table += numbers
    fat: list[int] = []
    for number in table:
        if number < _LAST_SECTOR:
            fat += struct.unpack_from(f"<{sector // 4}I", data, (number + 1) * sector)
    entries = _chain(data, fat, directory, sector)
    root_start = 0
    for place in range(0, len(entries) - 127, 128):
        size = struct.unpack_from("<H", entries, place + 64)[0]
        name = entries[place : place + max(size - 2, 0)].decode("utf-16-le")
        if name == "EncryptedPackage":
            raise no_such(WORKBOOK, "encrypted with a password", "workbook that can be read")
        if name in ("WordDocument", "PowerPoint Document"):
            raise no_such(WORKBOOK, "a text document or a presentation, no workbook", "workbook")
        start, length = (
            struct.unpack_from("<I", entries, place + 116)[0],
            struct.unpack_from("<I", entries, place + 120)[0],
        )
        if place == 0:
            root_start = start
        if name in ("Workbook", "Book"):
            if length >= cutoff:
                return _chain(data, fat, start, sector)[:length]
            small, minis = _chain(data, fat, root_start, sector), _chain_table(data, fat, sector)
            return _mini(small, minis, start)[:length]
    return b""


def _chain(data: bytes, fat: list[int], number: int, sector: int) -> bytes:
    parts: list[bytes] = []
    while number < _LAST_SECTOR and len(parts) < _MAX_SECTORS:
        parts.append(data[(number + 1) * sector : (number + 2) * sector])
        number = fat[number]
    return b"".join(parts)


def _chain_table(data: bytes, fat: list[int], sector: int) -> list[int]:
    first = struct.unpack_from("<I", data, 60)[0]
    text = _chain(data, fat, first, sector)
    return list(struct.unpack_from(f"<{len(text) // 4}I", text))


def _mini(small: bytes, fat: list[int], number: int) -> bytes:
    parts: list[bytes] = []
    while number < _LAST_SECTOR and len(parts) < _MAX_SECTORS:
        parts.append(small[number * 64 : number * 64 + 64])
        number = fat[number]
    return b"".join(parts)
