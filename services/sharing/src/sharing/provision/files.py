"""A list as a file: NDJSON, CSV that no spreadsheet executes, or a workbook; each row bears the receipt."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, Any, Final

import orjson
import xlsxwriter

from servicekit.spreadsheets import formula_safe
from sharing.products.service import ProductField
from sharing.provision.texts import HOUSEHOLD, PERSON, RECEIPT, SHEET, YES_NO

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_XLSX_MAX_ROWS: Final = 1_048_575  # the sheet's limit less the header
_PIECE_BYTES: Final = 1 << 20


class ListFile:
    """A file that grows row by row on the disk, in constant memory. Blocks: call it in a thread; close it."""

    def __init__(self, form: str, fields: Sequence[ProductField], receipt_id: str, watermark: str) -> None:
        """Begin a file of a form of `MEDIA_TYPES`."""
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._form, self._fields, self._receipt_id = form, fields, receipt_id
        self._labels = {field.name: dict(field.codes) for field in fields}
        self._count = 0
        self._head = [HOUSEHOLD, PERSON, *(field.zh for field in fields), RECEIPT]
        if form == "csv":
            self._write(b"\xef\xbb\xbf" + _line(self._head))
        elif form == "xlsx":
            options = {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "in_memory": False,
            }
            self._book = xlsxwriter.Workbook(self.file, options)
            self._book.set_properties({"title": SHEET, "comments": watermark, "keywords": receipt_id})
            self._text = self._book.add_format({"num_format": "@"})
            self._bold = self._book.add_format({"bold": True})
            self._watermark = watermark
            self._begin_sheet()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows."""
        for row in rows:
            if self._form == "ndjson":
                values = {field.name: row[field.name] for field in self._fields}
                entry = {"household_id": row["household_id"], "person_id": row["person_id"], **values}
                self._write(orjson.dumps({**entry, "receipt_id": self._receipt_id}, default=str) + b"\n")
            elif self._form == "csv":
                self._write(_line([formula_safe(cell) for cell in self._cells(row)]))
            else:
                place = self._count % _XLSX_MAX_ROWS
                if self._count and place == 0:
                    self._begin_sheet()
                for column, cell in enumerate(self._cells(row)):
                    self._sheet.write_string(place + 1, column, cell, self._text)
            self._count += 1

    def seal(self) -> tuple[int, str]:
        """Finish the file; give its bytes and their SHA-256."""
        if self._form == "xlsx":
            self._book.close()
        size, digest = self.file.seek(0, io.SEEK_END), hashlib.sha256()
        self.file.seek(0)
        while piece := self.file.read(_PIECE_BYTES):
            digest.update(piece)
        self.file.seek(0)
        return size, digest.hexdigest()

    def close(self) -> None:
        """Let go of it."""
        self.file.close()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet(f"{SHEET}{self._count // _XLSX_MAX_ROWS + 1}")
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_footer(f"&L{self._watermark.replace('&', '&&')[:200]}")
        for column, heading in enumerate(self._head):
            self._sheet.write_string(0, column, heading, self._bold)

    def _cells(self, row: Mapping[str, Any]) -> list[str]:
        shown = [_cell(row[field.name], self._labels[field.name]) for field in self._fields]
        return [row["household_id"], row["person_id"] or "", *shown, self._receipt_id]

    def _write(self, data: bytes) -> None:
        self.file.write(data)


def plain(value: Any) -> Any:
    """Give a value as JSON has it: money and days as text."""
    return str(value) if isinstance(value, Decimal | date) else value


def _cell(value: Any, labels: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, list):
        return "、".join(labels.get(each, each) for each in value)
    return labels.get(str(value), str(value))


def _line(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()
