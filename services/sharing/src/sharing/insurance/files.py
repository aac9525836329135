"""The ledger as a file: CSV that no spreadsheet executes, or a workbook."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Final

import xlsxwriter

from servicekit.spreadsheets import formula_safe
from sharing.insurance.schemas import InsuranceRow
from sharing.insurance.texts import COLUMNS, ENROLMENTS, FOCUS, SCHEMES, SHEET

_XLSX_MAX_ROWS: Final = 1_048_575  # the sheet's limit less the header
_PIECE_BYTES: Final = 1 << 16


def cells(row: InsuranceRow) -> list[str]:
    """Give a row as people read it; what is not known stays empty."""
    title = row.title
    household = title.household if title else None
    head = household.head if household else None
    focus = "、".join(label for name, label in FOCUS.items() if getattr(row, name))
    money = (row.premium, row.subsidy, row.total, row.basic_paid, row.critical_paid, row.aid_paid, row.self_paid)
    paid, spent = money[:2], money[2:]
    return [
        "/".join(title.area_path) if title else "", row.area_code, getattr(household, "hh_no", None) or "",
        getattr(head, "name", None) or "", row.household_id, row.person_id, focus, str(row.year),
        ENROLMENTS[row.enrolment], SCHEMES.get(row.scheme or "", ""), _text(row.paid_on), *map(_text, paid),
        _text(row.cost_to), *map(_text, spent), row.period or "",
    ]  # fmt: skip


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Give lines of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([formula_safe(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def csv_head() -> bytes:
    """Give the mark by which spreadsheets read Chinese, and the headings."""
    return b"\xef\xbb\xbf" + csv_lines([COLUMNS])


class Workbook:
    """A workbook that grows row by row on the disk. Blocks: call it in a thread."""

    def __init__(self) -> None:
        """Begin it with the headings."""
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
        self._book = xlsxwriter.Workbook(self.file, options)
        self._text = self._book.add_format({"num_format": "@"})
        self._bold = self._book.add_format({"bold": True})
        self._count = 0
        self._begin()

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Add rows."""
        for row in rows:
            if self._count and self._count % _XLSX_MAX_ROWS == 0:
                self._begin()
            for column, cell in enumerate(row):
                self._sheet.write_string(self._count % _XLSX_MAX_ROWS + 1, column, cell, self._text)
            self._count += 1

    def seal(self) -> None:
        """Finish it; the file stands at its beginning."""
        self._book.close()
        self.file.seek(0)

    def piece(self) -> bytes:
        """Give the next bytes; none at the end."""
        return self.file.read(_PIECE_BYTES)

    def close(self) -> None:
        """Let go of it."""
        self.file.close()

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet(f"{SHEET}{self._count // _XLSX_MAX_ROWS + 1}")
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(COLUMNS):
            self._sheet.write_string(0, column, heading, self._bold)


def _text(value: object) -> str:
    return "" if value is None else str(value)
