"""Writes a table as departments do: as text in some charset, or as a workbook with all that people put into one.

A table is titles and lines of texts; what the file says beside them changes nothing about what its rows mean.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

import xlsxwriter
import xlwt  # type: ignore[import-untyped]  # ships no types
import zstandard

CSV, NDJSON = "text/csv", "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
LAYOUTS = (
    "ndjson", "csv utf-8", "csv utf-8-sig", "csv gb18030", "csv utf-16", "csv tabs", "csv semicolons", "csv cr",
    "xlsx", "xlsx sheets", "xlsx merged", "xlsx values", "xls",
)  # fmt: skip
_TITLES = ("某县2026年10月报送表", "填报单位：某局", "制表人：某某　　联系方式见附页")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLAIN = re.compile(r"\d{1,9}\.\d{2}")
_SHEETS = ("东片", "西片", "其他")


class File(NamedTuple):
    """A file with what its sender says of it."""

    body: bytes
    kind: str
    encoding: str | None = None


@dataclass(frozen=True)
class Table:
    """Titles and lines; the cells of `merged` columns are merged where lines below one another have the same."""

    titles: Sequence[str]
    lines: Sequence[Sequence[str]]
    merged: frozenset[int] = frozenset()
    names: Sequence[str] = ()


def write(rng: Random, table: Table, layout: str) -> File:
    """Write a table in a layout; now and then packed, now and then below lines that are no part of it."""
    kind, _, variant = layout.partition(" ")
    above = rng.choice((0, 0, 1, 2, 3)) if kind != "ndjson" else 0
    if kind == "ndjson":
        file = _ndjson(table)
    elif kind == "csv":
        file = _text(table, variant, above)
    elif kind == "xls":
        file = File(_xls(table, above), XLS)
    else:
        file = File(_xlsx(rng, table, variant, above), XLSX)
    if kind in ("ndjson", "csv") and rng.random() < 0.3:
        if rng.random() < 0.5:
            return file._replace(body=gzip.compress(file.body), encoding="gzip")
        return file._replace(body=zstandard.ZstdCompressor().compress(file.body), encoding="zstd")
    return file


def _ndjson(table: Table) -> File:
    names = table.names or table.titles
    records = (dict(zip(names, line, strict=True)) for line in table.lines)
    return File("\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode(), NDJSON)


def _text(table: Table, variant: str, above: int) -> File:
    text = io.StringIO()
    mark = {"tabs": "\t", "semicolons": ";"}.get(variant, ",")
    writer = csv.writer(text, delimiter=mark, lineterminator="\r" if variant == "cr" else "\r\n")
    writer.writerows([*([title] for title in _TITLES[:above]), table.titles, *table.lines])
    charset = variant if variant in ("utf-8-sig", "gb18030", "utf-16") else "utf-8"
    kind = f"{CSV}; charset=gb18030" if charset == "gb18030" else CSV
    return File(text.getvalue().encode(charset), kind)


def _xlsx(rng: Random, table: Table, variant: str, above: int) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_numbers": False})
    day, middle = book.add_format({"num_format": "yyyy/m/d"}), book.add_format({"valign": "vcenter"})
    number = rng.choice((2, 3)) if variant == "sheets" else 1
    for place in range(number):
        own = table.lines[place::number]
        if not own:
            continue
        sheet = book.add_worksheet(_SHEETS[place])
        if place and rng.random() < 0.5:
            sheet.hide()  # hidden, and read like any other
        for line, title in enumerate(_TITLES[:above]):
            sheet.merge_range(line, 0, line, max(1, len(table.titles) - 1), title, middle)
        sheet.write_row(above, 0, table.titles)
        for line, cells in enumerate(own, start=above + 1):
            for column, cell in enumerate(cells):
                _cell(sheet, (line, column), cell, day if variant == "values" else None)
        if variant == "merged":
            _merge(sheet, table, own, above + 1, middle)
    if variant == "sheets":
        book.add_worksheet("说明").write_row(0, 0, ["本表由各镇汇总", "如有疑问请来电"])  # no table: named as not used
    book.close()
    return target.getvalue()


def _cell(sheet: xlsxwriter.worksheet.Worksheet, at: tuple[int, int], cell: str, day: object | None) -> None:
    """Write a text; with a format of days, a day as a day and an amount as a number."""
    if day is not None and _ISO.fullmatch(cell):
        sheet.write_datetime(*at, date.fromisoformat(cell), day)
    elif day is not None and _PLAIN.fullmatch(cell):
        sheet.write_number(*at, float(cell))
    elif cell:
        sheet.write_string(*at, cell)


def _merge(
    sheet: xlsxwriter.worksheet.Worksheet, table: Table, lines: Sequence[Sequence[str]], first: int, style: object
) -> None:
    for column in table.merged:
        start = 0
        for line in range(1, len(lines) + 1):
            if line < len(lines) and lines[line][column] == lines[start][column] != "":
                continue
            if line - start > 1:
                sheet.merge_range(first + start, column, first + line - 1, column, lines[start][column], style)
            start = line


def _xls(table: Table, above: int) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for line, cells in enumerate([*([title] for title in _TITLES[:above]), table.titles, *table.lines]):
        for column, cell in enumerate(cells):
            if cell:
                sheet.write(line, column, cell)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
