"""Who sees what of a sheet: own areas, own department, and from outside the county no small count. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from alerts.sheets.content import Cell, Column, Content, Row, Table
from alerts.sheets.hiding import Hiding, Mark
from contracts.indicators import HIDDEN_BELOW, INDICATORS, Indicator, Kind
from servicekit import areas

DEPARTMENT: Final = "department"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a sheet.

    Attributes:
        area_code: The area that is looked at: it and the areas of the next level are its rows.
        has_county: Whether all of the sheet's county is the reader's.
        is_outside: Whether the reader stands above the county.
        department: The one that it acts for.
        sees_others: Whether a township sees what the others of the ranking come to.
    """

    area_code: str
    has_county: bool
    is_outside: bool = False
    department: str | None = None
    sees_others: bool = False


class Shown(NamedTuple):
    """A figure as a reader is shown it.

    Attributes:
        hidden: What stands in its place, where it is hidden.
    """

    cell: Cell | None
    hidden: Mark | None = None


class ShownRow(NamedTuple):
    """A row as a reader is shown it; `is_own` says whether the lists behind it are the reader's."""

    row: Row
    cells: Sequence[Shown]
    is_own: bool = True


class ShownTable(NamedTuple):
    """A table as a reader is shown it; `ranked_of` tells how many rows have a rank, by column."""

    table: Table
    rows: Sequence[ShownRow]
    ranked_of: Sequence[int]


def shown(content: Content, reader: Reader) -> list[ShownTable]:
    """Give what a reader is shown of a sheet; a table of which nothing is the reader's is left out."""
    found = []
    for table in content.tables:
        cut = _of_department(table, reader.department) if reader.department else table
        if cut is None:
            continue
        rows = [row for row in cut.rows if _concerns(cut, row, reader)]
        if not rows:
            continue
        if reader.is_outside:
            cells = _protected(cut, rows)
        else:
            cells = [ShownRow(row, [Shown(cell) for cell in row.cells], _is_own(row, reader)) for row in rows]
        found.append(ShownTable(cut, cells, _ranked_of(table, len(cut.columns))))
    return found


def _ranked_of(table: Table, columns: int) -> list[int]:
    """Give how many rows of a ranking have a rank, whoever reads it, by column."""
    cells = [[row.cells[place] for row in table.rows] for place in range(columns)]
    return [sum(cell is not None and cell.rank is not None for cell in column) for column in cells]


def _of_department(table: Table, department: str) -> Table | None:
    """Give what is a department's of a table: its column or its row; None where nothing is."""
    if table.dimension != DEPARTMENT:
        return None
    if table.form == "parts":
        places = [place for place, column in enumerate(table.columns) if column.part == department]
        if not places:
            return None
        rows = tuple(row.model_copy(update={"cells": tuple(row.cells[each] for each in places)}) for row in table.rows)
        return table.model_copy(update={"columns": tuple(table.columns[each] for each in places), "rows": rows})
    return table.model_copy(update={"rows": tuple(row for row in table.rows if row.code == department)})


def _concerns(table: Table, row: Row, reader: Reader) -> bool:
    if row.kind != "area":
        return reader.has_county and areas.level_of(reader.area_code) == "county"
    if reader.is_outside and areas.level_of(row.code) == "village":
        return False
    if table.form == "tagged":
        return _is_own(row, reader)
    if table.form == "ranking":
        return (reader.has_county or reader.sees_others) or _is_own(row, reader)
    return row.code == reader.area_code or areas.parent_of(row.code) == reader.area_code


def _is_own(row: Row, reader: Reader) -> bool:
    return row.kind != "area" or reader.has_county or areas.is_within(row.code, reader.area_code)


class _Place(NamedTuple):
    """A count: of a row, in a column; what it is of."""

    code: str
    of: Literal["numerator", "denominator", "rest", "own"]


def _protected(table: Table, rows: Sequence[Row]) -> list[ShownRow]:
    """Give rows without small counts, and without what would tell one."""
    columns = [
        _protected_column([row.cells[place] for row in rows], [row.code for row in rows], column)
        for place, column in enumerate(table.columns)
    ]  # fmt: skip
    return [
        ShownRow(row, [column[place] for column in columns], is_own=False) for place, row in enumerate(rows)
    ]  # fmt: skip


def _protected_column(cells: Sequence[Cell | None], codes: Sequence[str], column: Column) -> list[Shown]:
    indicator = INDICATORS[column.indicator]
    values = dict(_counts(indicator, dict(zip(codes, cells, strict=True))))
    sums, unsaid = _sums(values, codes)
    marks = Hiding(values, sums, HIDDEN_BELOW, unsaid).run()
    found = [_shown_from_outside(indicator, cell, code, marks) for cell, code in zip(cells, codes, strict=True)]
    if indicator.kind is Kind.MEAN and sum(each.hidden is not None for each in found) == 1:
        # What is added up is no count: where one alone is hidden, it is the difference to the total.
        others = [place for place, each in enumerate(found) if each.hidden is None and each.cell and each.cell.value]
        for place in others[:1] + others[-1:]:
            found[place] = Shown(None, Mark.BESIDE)
    return found


def _counts(indicator: Indicator, cells: Mapping[str, Cell | None]) -> Iterator[tuple[_Place, int]]:
    for code, cell in cells.items():
        if cell is None:
            continue
        above, below = Decimal(cell.numerator), None if cell.denominator is None else Decimal(cell.denominator)
        if indicator.kind is not Kind.MEAN and above == int(above) and above >= 0:
            yield _Place(code, "numerator"), int(above)
        if below is not None:
            yield _Place(code, "denominator"), int(below)
            if indicator.kind is Kind.RATIO and below >= above:
                yield _Place(code, "rest"), int(below - above)


def _sums(values: dict[_Place, int], codes: Sequence[str]) -> tuple[list[tuple[_Place, list[_Place]]], list[_Place]]:
    """Give what adds up: areas over those in them, with what is an upper area's own; in time and not over all."""
    unsaid = [place for place in values if place.of == "rest"]
    sums = [
        (_Place(code, "denominator"), [_Place(code, "numerator"), _Place(code, "rest")])
        for code in codes
        if _Place(code, "rest") in values and _Place(code, "numerator") in values
    ]
    for upper in codes:
        for of in ("numerator", "denominator"):
            total = _Place(upper, of)
            parts = [_Place(code, of) for code in codes if areas.parent_of(code) == upper]
            parts = [part for part in parts if part in values]
            if total in values and parts:
                own = values[total] - sum(values[part] for part in parts)
                if own:
                    rest = _Place(f"{upper}/{of}", "own")
                    values[rest] = abs(own)
                    unsaid.append(rest)
                    parts.append(rest)
                if own >= 0:
                    sums.append((total, parts))
    return sums, unsaid


def _shown_from_outside(indicator: Indicator, cell: Cell | None, code: str, marks: Mapping[_Place, Mark]) -> Shown:
    if cell is None:
        return Shown(None)
    hidden = [marks[place] for place in (_Place(code, "numerator"), _Place(code, "denominator")) if place in marks]
    if hidden:
        is_small = Mark.SMALL in hidden and not indicator.has_denominator
        return Shown(None, Mark.SMALL if is_small else Mark.BESIDE)
    if indicator.kind is Kind.MEAN:
        return Shown(cell.model_copy(update={"numerator": "", "denominator": None}))
    return Shown(cell)
