"""What stands in a sheet: tables of cells, made of the figures of a county, kept as they were made. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from alerts.sheets.kinds import SheetKind, TableKind
from alerts.sheets.texts import BY, FORMS, part_label, section_title
from contracts.indicators import INDICATORS, WHOLE, Indicator, Kind, Period, period_of, period_with
from servicekit import areas

_CENT: Final = Decimal("0.01")
LEVELS: Final = ("county", "town", "village")


class Leaf(NamedTuple):
    """A value as it was computed: of a village, or of what is a township's or the county's own."""

    indicator: str
    period: str
    dimension: str
    area_code: str
    part: str
    numerator: Decimal
    denominator: Decimal | None


class Place(NamedTuple):
    """An area of the county, with its tags."""

    area_code: str
    name: str
    level: str


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Kept):
    """A figure; the denominator and the value are null where there is none.

    Attributes:
        rank: Among the rows that have a figure; the same for those that are the same.
    """

    numerator: str
    denominator: str | None = None
    value: str | None = None
    rank: int | None = None


class Source(_Kept):
    """A version of an indicator that a column is made of; null while it was not computed."""

    period: str
    version: int | None


class Column(_Kept):
    """A column: an indicator, whole or a part of it, of one period or of several together."""

    indicator: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    dimension: str = WHOLE
    part: str = WHOLE
    sources: tuple[Source, ...]


class Row(_Kept):
    """A row: an area, a part of a dimension (a department, a cause), or areas of a tag. A cell that is null is missing.

    Attributes:
        places: The areas that it adds up.
    """

    kind: Literal["area", "part", "tag"]
    code: str
    zh: str
    en: str
    places: tuple[str, ...]
    cells: tuple[Cell | None, ...]


class Table(_Kept):
    """A table; `dimension` says what its parts are parts of."""

    form: str
    zh: str
    en: str
    dimension: str | None = None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class Content(_Kept):
    """What stands in a sheet."""

    tables: tuple[Table, ...]

    @property
    def missing(self) -> list[tuple[str, str]]:
        """Give the indicators and periods that were not computed."""
        columns = (column for table in self.tables for column in table.columns)
        found = {
            (column.indicator, each.period) for column in columns for each in column.sources if each.version is None
        }
        return sorted(found)


def periods(kind: SheetKind, indicator: Indicator, period: Period) -> list[str]:
    """Give the periods that add up to a sheet's: its own, or the months of it; of what stood at the end the last."""
    if indicator.period == kind.period:
        return [period.name]
    months = [name for name in _months_back(period, 3) if period.first <= period_of(name).first]
    return months[-1:] if indicator.as_it_stood else months


def _months_back(period: Period, number: int) -> list[str]:
    """Give the names of so many months up to the last one of a period, the oldest first."""
    month, names = period_with(period.last, "month"), list[str]()
    for _ in range(number):
        names.append(month.name)
        month = month.before
    return names[::-1]


def wanted(kind: SheetKind, period: Period) -> set[tuple[str, str]]:
    """Give which indicators of which periods a sheet is made of."""
    found: set[tuple[str, str]] = set()
    for table in kind.table:
        for indicator in kind.indicators(table):
            for several in _columns_of(kind, table, indicator, period):
                found |= {(indicator.id, name) for name in several}
    return found


def _columns_of(kind: SheetKind, table: TableKind, indicator: Indicator, period: Period) -> list[list[str]]:
    if table.form != "months":
        return [periods(kind, indicator, period)]
    return [[name] for name in _months_back(period, table.months)] if indicator.period == "month" else []


@dataclass(frozen=True, slots=True)
class Making:
    """Everything that a sheet is made of.

    Args:
        county: Whose it is; its places are it and what lies in it.
        versions: What was computed, by indicator and period.
        tags: The areas of each tag.
    """

    kind: SheetKind
    county: str
    period: Period
    places: Sequence[Place]
    versions: Mapping[tuple[str, str], int]
    sums: Mapping[tuple[str, str, str, str, str], tuple[Decimal, Decimal]]
    tags: Mapping[str, Sequence[str]]

    def content(self) -> Content:
        """Give what stands in it."""
        return Content(tables=tuple(table for each in self.kind.table for table in self._tables(each)))

    def _tables(self, table: TableKind) -> Iterator[Table]:
        indicators = self.kind.indicators(table)
        if not indicators:
            return
        zh, en = FORMS[table.form]
        if table.dimension is not None:
            zh, en = zh + BY[table.dimension][0], en + BY[table.dimension][1]
        if table.form == "areas":
            for section in dict.fromkeys(each.section for each in indicators):
                columns = [self._column(table, each) for each in indicators if each.section == section]
                title = section_title(section)
                yield Table(form="areas", zh=title[0], en=title[1], columns=tuple(columns), rows=self._areas(columns))
        elif table.form == "ranking":
            yield self._ranking(table, indicators, zh, en)
        elif table.form == "tags":
            yield from self._of_tags([self._column(table, each) for each in indicators], zh, en)
        else:
            for indicator in indicators:
                yield from self._of_one(table, indicator, f"{indicator.zh}{zh}", f"{indicator.en} {en}")

    def _of_one(self, table: TableKind, indicator: Indicator, zh: str, en: str) -> Iterator[Table]:
        parts = self._parts(indicator, table.dimension) if table.dimension else []
        if table.form == "parts":
            columns = [self._column(table, indicator, part) for part in parts]
            rows = self._areas(columns)
        else:
            columns = [
                self._column(table, indicator, name=name) for name in _months_back(self.period, table.months)
            ]  # fmt: skip
            rows = self._areas(columns)
            if table.dimension:
                rows = tuple(
                    self._row("part", part, part_label(table.dimension, part), [self.county],
                              [column.model_copy(update={"dimension": table.dimension, "part": part})
                               for column in columns])
                    for part in parts
                )  # fmt: skip
        if columns:
            yield Table(
                form=table.form, zh=zh, en=en, dimension=table.dimension, columns=tuple(columns), rows=tuple(rows)
            )

    def _parts(self, indicator: Indicator, dimension: str) -> list[str]:
        """Give the parts of a dimension that anything is in, in the order of their code list."""
        found = {key[3] for key in self.sums if key[0] == indicator.id and key[2] == dimension}
        return sorted(found)

    def _column(self, table: TableKind, indicator: Indicator, part: str = WHOLE, name: str | None = None) -> Column:
        several = periods(self.kind, indicator, self.period) if name is None else [name]
        zh, en = indicator.zh, indicator.en
        if part != WHOLE:
            zh, en = part_label(table.dimension or "", part)
        if name is not None:
            zh = en = name
        return Column(
            indicator=indicator.id,
            zh=zh,
            en=en,
            unit_zh=indicator.unit.zh,
            unit_en=indicator.unit.en,
            dimension=table.dimension or WHOLE if part != WHOLE else WHOLE,
            part=part,
            sources=tuple(Source(period=each, version=self.versions.get((indicator.id, each))) for each in several),
        )

    def _areas(self, columns: Sequence[Column], places: Sequence[Place] | None = None) -> tuple[Row, ...]:
        return tuple(
            self._row("area", place.area_code, (place.name, place.name), [place.area_code], columns)
            for place in (self.places if places is None else places)
        )

    def _of_tags(self, columns: Sequence[Column], zh: str, en: str) -> Iterator[Table]:
        """Give the tags side by side, then a table for each with its areas."""
        yield Table(form="tags", zh=zh, en=en, columns=tuple(columns), rows=self._tagged(columns))
        for tag, codes in self.tags.items():
            called = part_label("tag", tag)
            rows = self._areas(columns, [place for place in self.places if place.area_code in codes])
            yield Table(form="tagged", zh=called[0], en=called[1], dimension=tag, columns=tuple(columns), rows=rows)

    def _tagged(self, columns: Sequence[Column]) -> tuple[Row, ...]:
        return tuple(
            self._row("tag", tag, part_label("tag", tag), _without_those_within(codes), columns)
            for tag, codes in self.tags.items()
        )

    def _row(
        self,
        kind: Literal["area", "part", "tag"],
        code: str,
        called: tuple[str, str],
        places: Sequence[str],
        columns: Sequence[Column],
    ) -> Row:
        cells = tuple(self._cell(column, places) for column in columns)
        return Row(kind=kind, code=code, zh=called[0], en=called[1], places=tuple(places), cells=cells)

    def _cell(self, column: Column, places: Sequence[str]) -> Cell | None:
        """Give a figure of areas together; None while one of its periods was not computed: that is not zero."""
        if any(each.version is None for each in column.sources):
            return None
        numerator = denominator = Decimal(0)
        for each in column.sources:
            for place in places:
                key = (column.indicator, each.period, column.dimension, column.part, place)
                above, below = self.sums.get(key, (Decimal(0), Decimal(0)))
                numerator, denominator = numerator + above, denominator + below
        return cell_of(INDICATORS[column.indicator], numerator, denominator)

    def _ranking(self, table: TableKind, indicators: Sequence[Indicator], zh: str, en: str) -> Table:
        columns = [self._column(table, indicator) for indicator in indicators]
        if table.dimension is None:
            towns = [place for place in self.places if place.level == "town"]
            rows = [
                self._row("area", place.area_code, (place.name, place.name), [place.area_code], columns)
                for place in towns
            ]
        else:
            parts = sorted({part for each in indicators for part in self._parts(each, table.dimension)})
            rows = [
                self._row("part", part, part_label(table.dimension, part), [self.county],
                          [each.model_copy(update={"dimension": table.dimension, "part": part}) for each in columns])
                for part in parts
            ]  # fmt: skip
        return Table(
            form="ranking", zh=zh, en=en, dimension=table.dimension, columns=tuple(columns),
            rows=ranked(rows, [INDICATORS[column.indicator] for column in columns]),
        )  # fmt: skip


def _without_those_within(codes: Sequence[str]) -> list[str]:
    """Give the areas less those that lie in another one of them: nothing is added up twice."""
    return [code for code in codes if not any(other != code and areas.is_within(code, other) for other in codes)]


def cell_of(indicator: Indicator, numerator: Decimal, denominator: Decimal) -> Cell:
    """Give a figure; one without anything in the denominator has no value."""
    if not indicator.has_denominator:
        return Cell(numerator=plain(numerator), value=plain(numerator))
    if denominator == 0:
        return Cell(numerator=plain(numerator), denominator="0")
    factor = 100 if indicator.kind is Kind.RATIO else 1
    value = (numerator * factor / denominator).quantize(_CENT, ROUND_HALF_UP)
    return Cell(numerator=plain(numerator), denominator=plain(denominator), value=plain(value))


def plain(number: Decimal) -> str:
    """Write a number without trailing zeros of its fraction."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ranked(rows: Sequence[Row], indicators: Sequence[Indicator]) -> tuple[Row, ...]:
    """Give rows with their ranks, the first of the first column first; who has no figure stands apart, without one.

    Ranks are of exact quotients, not of what they are rounded to; equal ones share a rank, and the next one counts
    those before it.
    """
    ranks = [_ranks([row.cells[place] for row in rows], indicator) for place, indicator in enumerate(indicators)]
    found = [
        row.model_copy(update={"cells": tuple(
            cell and cell.model_copy(update={"rank": ranks[place][number]}) for place, cell in enumerate(row.cells)
        )})
        for number, row in enumerate(rows)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: ((row.cells[0] and row.cells[0].rank) or len(rows) + 1, row.code)))


def _ranks(cells: Sequence[Cell | None], indicator: Indicator) -> list[int | None]:
    worths = [_worth(cell) for cell in cells]
    sign = -1 if indicator.better == "less" else 1
    known = [sign * worth for worth in worths if worth is not None]
    return [None if worth is None else 1 + sum(other > sign * worth for other in known) for worth in worths]


def _worth(cell: Cell | None) -> Fraction | None:
    if cell is None or cell.value is None:
        return None
    return Fraction(cell.numerator) / Fraction(cell.denominator or "1")


def added_up(leaves: Sequence[Leaf], county: str) -> dict[tuple[str, str, str, str, str], tuple[Decimal, Decimal]]:
    """Add values up: of each area, what lies in it and what is its own; by indicator, period, dimension, part, area."""
    sums: dict[tuple[str, str, str, str, str], tuple[Decimal, Decimal]] = {}
    for leaf in leaves:
        for place in _above(leaf.area_code, county):
            key = (leaf.indicator, leaf.period, leaf.dimension, leaf.part, place)
            above, below = sums.get(key, (Decimal(0), Decimal(0)))
            sums[key] = (above + leaf.numerator, below + (leaf.denominator or Decimal(0)))
    return sums


def _above(code: str, county: str) -> Iterator[str]:
    place: str | None = code
    while place is not None and areas.is_within(place, county):
        yield place
        place = areas.parent_of(place)


def is_over(period: Period, today: date) -> bool:
    """Tell whether a period has ended."""
    return period.last < today
