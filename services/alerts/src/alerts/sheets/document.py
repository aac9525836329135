"""A sheet as a document: what a reader is shown of it, to print and to open as a workbook. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from alerts.sheets import texts
from alerts.sheets.content import Column
from alerts.sheets.hiding import Mark
from alerts.sheets.viewing import Shown, ShownTable
from contracts.indicators import HIDDEN_BELOW, INDICATORS, Kind
from servicekit.documents import Cell, Document, Lines, Rows

_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above and below the tables.

    Attributes:
        title: With the area and the period.
        state: draft, frozen, issued.
        through: The last day that the figures tell of, where the period is not over.
        missing: Names of indicators that were not computed.
        signed: Who issued it and when; empty for what is not issued.
    """

    title: str
    state: str
    version: int | None
    through: date | None
    missing: Sequence[str]
    is_protected: bool
    signed: Sequence[str]


def document(head: Head, tables: Sequence[ShownTable]) -> Document:
    """Give a sheet as a reader is shown it."""
    said = [texts.STATES[head.state]]
    if head.through is not None:
        said.append(texts.NOT_OVER.format(day=texts.SIGNED.format(**_day(head.through))))
    if head.missing:
        said.append(texts.LACKS.format(names="、".join(head.missing)))
    if head.is_protected:
        said.append(texts.PROTECTED)
    title = head.title if head.version is None else f"{head.title}（第{head.version}版）"
    parts: list[Lines | Rows] = [Lines([line for line in said if line])]
    parts += [_rows(table, number) for number, table in enumerate(tables)]
    if head.signed:
        parts.append(Lines(head.signed, is_signature=True))
    return Document(title, parts, is_wide=True)


def _rows(shown: ShownTable, number: int) -> Rows:
    table = shown.table
    numeral = _NUMERALS[number] if number < len(_NUMERALS) else str(number + 1)
    return Rows(
        title=f"{numeral}、{table.zh}",
        heads=["", *(_head(column) for column in table.columns)],
        rows=[
            [row.row.zh, *(_cell(cell, column, is_ranked=table.form == "ranking")
                           for cell, column in zip(row.cells, table.columns, strict=True))]
            for row in shown.rows
        ],
    )  # fmt: skip


def _head(column: Column) -> str:
    return texts.UNIT.format(zh=column.zh, unit=column.unit_zh)


def text_of(shown: Shown) -> str:
    """Give a figure as people read it: missing, without a value, hidden, or what it is."""
    if shown.hidden is Mark.SMALL:
        return f"<{HIDDEN_BELOW}"
    if shown.hidden is not None:
        return texts.HIDDEN
    if shown.cell is None:
        return texts.MISSING
    return texts.NO_VALUE if shown.cell.value is None else shown.cell.value


def _cell(shown: Shown, column: Column, *, is_ranked: bool) -> Cell:
    """Give what stands in a table: a number as a number where nothing is to be said of it."""
    text, cell = text_of(shown), shown.cell
    if cell is None or shown.hidden is not None:
        return text
    if cell.value is not None and cell.denominator is not None and INDICATORS[column.indicator].kind is Kind.RATIO:
        text = texts.FRACTION.format(value=text, numerator=cell.numerator, denominator=cell.denominator)
    if is_ranked:
        if cell.rank is None:
            return texts.APART.format(shown=text)
        return texts.RANKED.format(shown=text, rank=cell.rank)
    return Decimal(text) if cell.value == text else text


def _day(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}
