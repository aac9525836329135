"""Reading whole files: each row as a dict of texts by column code, or None when its shape is broken."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import zstandard

from bangfu_county.oracle.tables import HEADERS

Cells = dict[str, str]

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_rows(path: Path) -> Iterator[Cells | None]:
    """Read a department's file, whatever its format."""
    name = path.name
    if name.endswith(".csv"):
        yield from _read_csv(path)
    elif name.endswith(".xlsx"):
        yield from _read_xlsx(path)
    elif name.endswith(".ndjson.gz"):
        with gzip.open(path, "rb") as stream:
            yield from _read_ndjson(stream)
    elif name.endswith(".ndjson.zst"):
        with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as stream:
            yield from _read_ndjson(io.BufferedReader(stream))
    else:
        raise ValueError(f"unknown format: {name}")


def _charset(path: Path) -> str:
    """UTF-8 when the whole file is UTF-8, otherwise GB 18030."""
    with path.open(encoding="utf-8-sig") as stream:
        try:
            for _ in stream:
                pass
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def _read_csv(path: Path) -> Iterator[Cells | None]:
    with path.open(encoding=_charset(path), newline="") as stream:
        rows = csv.reader(stream)
        header = [HEADERS.get(title, title) for title in next(rows)]
        for row in rows:
            if row == []:
                continue
            if len(row) != len(header):
                yield None
            else:
                yield dict(zip(header, row, strict=True))


def _read_ndjson(stream: Iterable[bytes]) -> Iterator[Cells | None]:
    for line in stream:
        try:
            record = json.loads(line, parse_float=str, parse_int=str)
        except ValueError:
            yield None
            continue
        if not isinstance(record, dict):
            yield None
            continue
        cells = {}
        for key, value in record.items():
            if value is None:
                cells[key] = ""
            elif value is True or value is False:
                cells[key] = "true" if value else "false"
            else:
                cells[key] = str(value)
        yield cells


def _column(reference: str) -> int:
    """Turn "AB12" into 28."""
    number = 0
    for letter in reference:
        if letter.isalpha():
            number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _read_xlsx(path: Path) -> Iterator[Cells | None]:
    with zipfile.ZipFile(path) as book:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in book.namelist():
            strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 - our own file
            shared = ["".join(item.itertext()) for item in strings]
        header: dict[int, str] = {}
        with book.open("xl/worksheets/sheet1.xml") as sheet:
            for _, row in ElementTree.iterparse(sheet):  # noqa: S314 - our own file
                if row.tag != f"{_SHEET}row":
                    continue
                texts = {}
                for cell in row:
                    text = "".join(cell.itertext())
                    if cell.get("t") == "s":
                        text = shared[int(text)]
                    elif cell.get("t") in (None, "n") and text != "":
                        # A spreadsheet keeps 15 digits: 80.84999999999999 in the file means 80.85.
                        text = f"{float(text):.15g}"
                    texts[_column(cell.get("r", ""))] = text
                row.clear()
                if not header:
                    header = {index: HEADERS.get(title, title) for index, title in texts.items()}
                elif texts:
                    yield {code: texts.get(index, "") for index, code in header.items()}
