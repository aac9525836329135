"""Rejected rows as files: NDJSON, CSV that no spreadsheet executes, or the original columns with one of errors."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import xlsxwriter

from sharing.catalogue.service import Dataset
from sharing.deliveries.rejects import RejectedRow
from sharing.deliveries.texts import ERRORS, LINE, PART, SHEET

_XLSX_MAX_ROWS = 1_048_575  # the sheet's limit less the header
_PIECE_CHARS = 1 << 16
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def formula_safe(text: str) -> str:
    """Give a cell that a spreadsheet shows and never computes; plain numbers stay as they are.

    Source: OWASP ASVS 5.0, 1.2.10: cells that begin with one of these are prefixed with an apostrophe.
    """
    return "'" + text if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text


def as_ndjson(rows: Iterable[RejectedRow]) -> Iterator[str]:
    """Give one object a line: part, line, the first fault flat, all faults, and the row as it came."""
    for row in rows:
        errors = _errors(row)
        entry = {"part": row.part, "line": row.line, **errors[0], "errors": errors, "row": row.row}
        yield json.dumps(entry, ensure_ascii=False) + "\n"


def as_csv(rows: Iterable[RejectedRow], header: Sequence[str]) -> Iterator[str]:
    """Give CSV (UTF-8 with a mark, so that spreadsheets read Chinese): original columns, then part, line, errors."""
    buffer = io.StringIO("\ufeff")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow([*header, PART, LINE, ERRORS])
    for row in rows:
        writer.writerow([formula_safe(cell) for cell in _cells(row, header)] + [row.part, row.line, _text(row)])
        if buffer.tell() > _PIECE_CHARS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_xlsx(rows: Iterable[RejectedRow], header: Sequence[str]) -> IO[bytes]:
    """Give a workbook of the original columns as text and a column of errors; constant memory. The caller closes it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = workbook.add_worksheet(SHEET)
        text, bold = workbook.add_format({"num_format": "@"}), workbook.add_format({"bold": True})
        marked = workbook.add_format({"font_color": "#C00000"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 18, text)
        sheet.set_column(len(header) + 2, len(header) + 2, 60)
        for column, name in enumerate([*header, PART, LINE, ERRORS]):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, start=1):
            if number > _XLSX_MAX_ROWS:
                break
            for column, cell in enumerate(_cells(row, header)):
                sheet.write_string(number, column, cell, text)
            sheet.write_number(number, len(header), row.part)
            sheet.write_number(number, len(header) + 1, row.line)
            sheet.write_string(number, len(header) + 2, _text(row), marked)
    file.seek(0)
    return file


def header_of(dataset: Dataset, samples: Iterable[RejectedRow]) -> list[str]:
    """Give the columns of the export: those of the rows as they came, or the dataset's labels where none tells."""
    for row in samples:
        if "_raw" not in row.row and row.row:
            own = list(row.row)
            if any(name in dataset.layout.headers for name in own):
                rest = [c for c in dataset.columns if not {c.code, c.label} & set(own)]
                uses_codes = any(name in dataset.by_code for name in own)
                return own + [column.code if uses_codes else column.label for column in rest]
    return [column.label for column in dataset.columns]


def _cells(row: RejectedRow, header: Sequence[str]) -> list[str]:
    if "_raw" in row.row:
        return [str(row.row["_raw"]), *[""] * (len(header) - 1)]
    return [_cell(row.row.get(name)) for name in header]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _errors(row: RejectedRow) -> list[dict[str, str]]:
    return [
        {"field": fault.pointer.removeprefix("/"), "code": fault.code, "message": fault.detail} for fault in row.faults
    ]


def _text(row: RejectedRow) -> str:
    return ";".join(fault.detail for fault in row.faults)
