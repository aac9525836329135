"""Templates that departments fill in, generated from the declaration."""

from __future__ import annotations

import csv
import io
from typing import Any

import xlsxwriter

from contracts.sentences import NO, YES
from sharing.catalogue import texts
from sharing.catalogue.declaration import Dataset, FieldDeclaration

_VALIDATED_ROWS = 100_000


def csv_template(dataset: Dataset) -> bytes:
    """Give the header line with Chinese labels (UTF-8 with a mark, so that spreadsheets read it)."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([column.label for column in dataset.columns])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def xlsx_template(dataset: Dataset) -> bytes:
    """Give a workbook: a data sheet with headers, comments and drop-down lists, and a sheet of explanations."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        required = workbook.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "num_format": "@"})
        optional = workbook.add_format({"bold": True, "bg_color": "#E2EFDA", "border": 1, "num_format": "@"})
        # Text, so that eighteen digits are not rounded to fifteen.
        text = workbook.add_format({"num_format": "@"})
        styles = {"date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
                  "money": workbook.add_format({"num_format": "0.00"}),
                  "int": workbook.add_format({"num_format": "0"})}  # fmt: skip
        sheet = workbook.add_worksheet(texts.DATA_SHEET)
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(dataset.columns):
            sheet.set_column(index, index, max(14, len(column.label) * 2 + 4), styles.get(column.type, text))
            sheet.write_string(0, index, column.label, required if column.required else optional)
            sheet.write_comment(0, index, _note(column))
            rule = _rule(column)
            if rule:
                sheet.data_validation(1, index, _VALIDATED_ROWS, index, rule)
        notes = workbook.add_worksheet(texts.NOTES_SHEET)
        notes.set_column(0, 5, 22)
        notes.write_row(0, 0, texts.NOTES_HEAD, required)
        for row, column in enumerate(dataset.columns, start=1):
            values = "、".join(f"{value.label}({value.code})" for value in column.values)
            is_required = YES if column.required else NO
            kind = texts.KINDS[column.type]
            notes.write_row(row, 0, (column.label, column.code, is_required, kind, values, column.english))
        for row, check in enumerate(dataset.row_checks, start=len(dataset.columns) + 2):
            notes.write_row(row, 0, (texts.CHECK, check.message))
        after = len(dataset.columns) + len(dataset.row_checks) + 3
        for row, advice in enumerate(texts.RULES, start=after):
            notes.write_row(row, 0, (texts.RULES_HEAD, advice))
    return buffer.getvalue()


def _note(column: FieldDeclaration) -> str:
    parts = [texts.KINDS[column.type], texts.REQUIRED if column.required else texts.OPTIONAL]
    parts += [] if column.required else [texts.EMPTY]
    if column.example:
        parts.append(texts.EXAMPLE.format(column.example))
    return "\n".join(parts)


def _rule(column: FieldDeclaration) -> dict[str, Any] | None:
    """Give the data validation of a column; a warning, because the service checks again anyway."""
    common = {"error_type": "warning", "error_title": column.label, "ignore_blank": not column.required}
    match column.type:
        case "enum":
            return common | {"validate": "list", "source": [value.label for value in column.values]}
        case "bool":
            return common | {"validate": "list", "source": [YES, NO]}
        case "int":
            return common | {
                "validate": "integer",
                "criteria": "between",
                "minimum": column.minimum if column.minimum is not None else -(2**31),
                "maximum": column.maximum if column.maximum is not None else 2**31 - 1,
            }
        case "money":
            return common | {"validate": "decimal", "criteria": ">=", "value": 0}
        case _:
            return None
