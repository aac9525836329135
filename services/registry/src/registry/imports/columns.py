"""Flat files (CSV, XLSX): one row a person, the household's columns repeated. Names, labels and cell values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON, Field, given
from contracts.vocabulary import Labelled
from intake import layout as intake
from intake.layout import Layout

Owner = Literal["household", "monitor", "member"]


@dataclass(frozen=True)
class Column:
    """A column of a flat file: its code, and the field that its cells are."""

    name: str
    owner: Owner
    field: Field
    is_required: bool


def _columns() -> Iterator[Column]:
    for field in given(HOUSEHOLD):
        yield Column(field.name, "household", field, field.is_required)
    for field in MONITOR:
        yield Column(f"monitor_{field.name}", "monitor", field, is_required=False)
    for field in given(PERSON):
        yield Column(field.name, "member", field, field.is_required and field.name != _IN_NUMBER)


_IN_NUMBER = "sex"  # where a file has no column for it, the ID number says it
COLUMNS = tuple(_columns())
INCOME_PARTS = {field.name: field for field in given(INCOME) if field.name != "year"}

_TRUE = frozenset({"是", "true", "1", "yes", "t", "y"})
_FALSE = frozenset({"否", "false", "0", "no", "f", "n"})
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_COMPACT_DATE = re.compile(r"^\d{8}$")
_EXCEL_EPOCH = date(1899, 12, 30)
_INCOME = re.compile(r"^income_(\d{4})_([a-z_]+)$")
_INCOME_LABEL = re.compile(r"^(\d{4})年?(.+)$")
_PARTS_BY_TITLE = {title: name for name, field in INCOME_PARTS.items() for title in (field.zh, *field.aliases)}
_CODES: dict[type[Labelled], dict[str, str]] = {}


@dataclass(frozen=True)
class Places:
    """Where each column is in the rows that are read.

    Attributes:
        columns: Place of each known column.
        incomes: Place of each (year, part).
    """

    columns: dict[str, int]
    incomes: dict[tuple[int, str], int]

    @classmethod
    def of(cls, names: Sequence[str]) -> Places:
        """Find them among the names that `FLAT` gives."""
        columns: dict[str, int] = {}
        incomes: dict[tuple[int, str], int] = {}
        for place, name in enumerate(names):
            income = _INCOME.match(name)
            if income:
                incomes[int(income.group(1)), income.group(2)] = place
            else:
                columns[name] = place
        return cls(columns, incomes)


def income_column(header: str) -> str | None:
    """Give the name of an income column, `income_2026_wage`, by that name or as `2026年工资性收入`."""
    match = _INCOME.match(header)
    if match and match.group(2) in INCOME_PARTS:
        return header
    match = _INCOME_LABEL.match(header)
    if match and match.group(2) in _PARTS_BY_TITLE:
        return f"income_{match.group(1)}_{_PARTS_BY_TITLE[match.group(2)]}"
    return None


FLAT = Layout(
    tuple(intake.Column(c.name, c.field.zh, is_required=c.is_required, aliases=c.field.aliases) for c in COLUMNS),
    other=income_column,
)


def household_document(places: Places, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Build the household that a group of rows describes, in the shape of an NDJSON line.

    Household columns are read from the first row. Cells that make no sense stay as they are, so that
    validation can name them.
    """
    first = rows[0]
    document: dict[str, Any] = {}
    monitor: dict[str, Any] = {}
    for column in COLUMNS:
        if column.owner == "member" or column.name not in places.columns:
            continue
        value = _value(column.field, _cell(first, places.columns[column.name]))
        if value is None:
            continue
        if column.owner == "monitor":
            monitor[column.field.name] = value
        else:
            document[column.name] = value
    if monitor:
        document["monitor"] = monitor
    document["members"] = [_member(places, row) for row in rows]
    document["incomes"] = _incomes(places, first)
    return document


def household_disagrees(places: Places, first: Sequence[Any], other: Sequence[Any]) -> str | None:
    """Give the first household column in which a later row contradicts the first one; blank cells do not."""
    for column in COLUMNS:
        place = places.columns.get(column.name)
        if place is None or column.owner == "member":
            continue
        theirs = _cell(other, place)
        if theirs not in (None, "") and theirs != _cell(first, place):
            return column.name
    return None


def _member(places: Places, row: Sequence[Any]) -> dict[str, Any]:
    member: dict[str, Any] = {}
    for column in COLUMNS:
        if column.owner == "member" and column.name in places.columns:
            value = _value(column.field, _cell(row, places.columns[column.name]))
            if value is not None:
                member[column.name] = value
    if _IN_NUMBER not in member and isinstance(member.get("id_no"), str):
        sex = sex_in_number(member["id_no"])
        if sex:
            member[_IN_NUMBER] = sex
    return member


def sex_in_number(id_no: str) -> str | None:
    """Give the sex that a number says, where a file has no column for it."""
    text = id_no.strip()
    if len(text) >= 18 and text[16].isdigit():
        return "1" if int(text[16]) % 2 else "2"
    if len(text) == 15 and text[14].isdigit():
        return "1" if int(text[14]) % 2 else "2"
    return None


def _incomes(places: Places, row: Sequence[Any]) -> list[dict[str, Any]]:
    years: dict[int, dict[str, Any]] = {}
    for (year, part), place in places.incomes.items():
        value = _value(INCOME_PARTS[part], _cell(row, place))
        if value is not None:
            years.setdefault(year, {"year": year})[part] = value
    return [years[year] for year in sorted(years)]


def _cell(row: Sequence[str | None], place: int) -> str | None:
    return row[place] if place < len(row) else None


def _value(field: Field, cell: str | None) -> Any:
    text = (cell or "").strip()
    if text == "":
        return None
    if field.kind == "money":
        return text.replace(",", "")
    if field.kind == "bool":
        lowered = text.lower()
        return True if lowered in _TRUE else False if lowered in _FALSE else text
    if field.kind == "date":
        return read_date(text)
    if field.codes is None:
        return text
    if field.kind == "code":
        return _code(field.codes, text)
    return [_code(field.codes, part) for part in re.split(r"[,,、;;|\s]+", text) if part]


def read_date(text: str) -> str:
    """Give a date cell as ISO text: 2026-10-31, 2026/10/31, 20261031, 2026年10月31日 or an Excel serial number.

    What is none of these is given back unchanged, for validation to refuse.
    """
    if _COMPACT_DATE.match(text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = _DATE.match(text)
    if match:
        return f"{match.group(1)}-{int(match.group(2)):02}-{int(match.group(3)):02}"
    if text.isdigit() and 1 <= int(text) <= 109_574:  # up to 2199-12-31
        return (_EXCEL_EPOCH + timedelta(days=int(text))).isoformat()
    return text


def _code(vocabulary: type[Labelled], text: str) -> str:
    codes = _CODES.get(vocabulary)
    if codes is None:
        codes = {member.label: member.value for member in vocabulary} | {
            member.value: member.value for member in vocabulary
        }
        _CODES[vocabulary] = codes
    return codes.get(text, text)
