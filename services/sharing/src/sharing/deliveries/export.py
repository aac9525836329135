"""Rejected rows as files: NDJSON, CSV that no spreadsheet executes, or the original columns with one of errors."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from intake.written import UNITS
from servicekit.spreadsheets import formula_safe
from sharing.catalogue.service import Dataset
from sharing.deliveries.rejects import RejectedRow
from sharing.deliveries.sheet import OWN_HEADINGS
from sharing.deliveries.texts import CORRECTS, ERRORS, LINE, PART, PLACE, SHEET, WHERE

_XLSX_MAX_ROWS = 1_048_575  # the sheet's limit less the header
_PIECE_CHARS = 1 << 16


def as_ndjson(rows: Iterable[RejectedRow]) -> Iterator[str]:
    """Give one object a line: where it stood, the first fault flat, all faults, and the row as it came."""
    for row in rows:
        errors = _errors(row)
        where = {"sheet": row.sheet, "sheet_row": row.sheet_row} if row.sheet else {}
        entry = {"part": row.part, "line": row.line, **where, **errors[0], "errors": errors, "row": row.row}
        yield json.dumps(entry, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Sheet:
    """A sheet of rejected rows: the delivery that it mends, and its columns."""

    dataset: Dataset
    delivery_id: str
    header: Sequence[str]


def as_csv(rows: Iterable[RejectedRow], sheet: Sheet) -> Iterator[str]:
    """Give CSV (UTF-8 with a mark, so that spreadsheets read Chinese): original columns, then part, line, errors."""
    buffer = io.StringIO("\ufeff")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow([*sheet.header, PART, LINE, WHERE, ERRORS, CORRECTS])
    for row in rows:
        cells = [formula_safe(cell) for cell in _cells(row, sheet)]
        where = formula_safe(_where(row))
        writer.writerow([*cells, row.part, row.line, where, formula_safe(_text(row)), sheet.delivery_id])
        if buffer.tell() > _PIECE_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_xlsx(rows: Iterable[RejectedRow], sheet_of: Sheet, *, most_rows: int = _XLSX_MAX_ROWS) -> IO[bytes]:
    """Give a workbook of the original columns as text and a column of errors; constant memory. The caller closes it.

    Args:
        most_rows: Rows of a sheet; more stand in further sheets of the same columns.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    width = len(sheet_of.header)
    with xlsxwriter.Workbook(file, options) as workbook:
        text, bold = workbook.add_format({"num_format": "@"}), workbook.add_format({"bold": True})
        marked = workbook.add_format({"font_color": "#C00000"})

        def begin(name: str) -> Any:
            sheet = workbook.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, width - 1, 18, text)
            sheet.set_column(width + 3, width + 3, 60)
            for column, heading in enumerate([*sheet_of.header, PART, LINE, WHERE, ERRORS, CORRECTS]):
                sheet.write_string(0, column, heading, bold)
            return sheet

        sheet = begin(SHEET)
        for place, row in enumerate(rows):
            number = place % most_rows + 1
            if place and number == 1:
                sheet = begin(f"{SHEET}{place // most_rows + 1}")
            for column, cell in enumerate(_cells(row, sheet_of)):
                sheet.write_string(number, column, cell, text)
            sheet.write_number(number, width, row.part)
            sheet.write_number(number, width + 1, row.line)
            sheet.write_string(number, width + 2, _where(row), text)
            sheet.write_string(number, width + 3, _text(row), marked)
            sheet.write_string(number, width + 4, sheet_of.delivery_id, text)
    file.seek(0)
    return file


def header_of(dataset: Dataset, samples: Iterable[RejectedRow]) -> list[str]:
    """Give the columns of the export: those of the rows as they came, and the dataset's that none of them has."""
    header: dict[str, str] = {}  # by what it means
    uses_codes = False
    for row in samples:
        for name in row.row:
            code = _code_of(dataset, name)
            if (
                name != "_raw"
                and name not in OWN_HEADINGS
                and name
                and (code in dataset.by_code or "_raw" not in row.row)
            ):
                header.setdefault(code, dataset.by_code[code].label if _unit_of(dataset, name) else name)
                uses_codes |= name in dataset.by_code
    for column in dataset.columns:
        header.setdefault(column.code, column.code if uses_codes else column.label)
    return list(header.values())


def _code_of(dataset: Dataset, heading: str) -> str:
    """Give what a heading means, or itself where it means nothing here."""
    found = dataset.layout.find(heading)
    return found.name if found else heading


def _cells(row: RejectedRow, sheet: Sheet) -> list[str]:
    if "_raw" in row.row:
        return [str(row.row["_raw"]), *[""] * (len(sheet.header) - 1)]
    by_code = {_code_of(sheet.dataset, name): _with_unit(sheet.dataset, name, value) for name, value in row.row.items()}
    return [_cell(row.row.get(name, by_code.get(_code_of(sheet.dataset, name)))) for name in sheet.header]


def _unit_of(dataset: Dataset, heading: str) -> str:
    """Give the unit of a heading whose amounts are not in yuan; empty for any other."""
    found = dataset.layout.find(heading)
    return found.unit if found and UNITS.get(found.unit, 1) != 1 else ""


def _with_unit(dataset: Dataset, heading: str, value: Any) -> Any:
    """Give an amount with the unit of its own heading: rows of several parts stand below one heading here."""
    unit = _unit_of(dataset, heading)
    return value.strip() + unit if unit and isinstance(value, str) and value.strip()[-1:].isdigit() else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _errors(row: RejectedRow) -> list[dict[str, str]]:
    return [
        {"field": fault.pointer.removeprefix("/"), "code": fault.code, "message": fault.detail} for fault in row.faults
    ]


def _where(row: RejectedRow) -> str:
    return PLACE.format(sheet=row.sheet, row=row.sheet_row) if row.sheet else ""


def _text(row: RejectedRow) -> str:
    return ";".join(fault.detail for fault in row.faults)
