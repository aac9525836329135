"""Flat files (CSV, XLSX): one row a person, the household's columns repeated; or one row a household, with its members
beside one another. Names, labels and cell values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contracts.errors import FieldError
from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON, Field, given
from contracts.vocabulary import FieldClass
from intake import layout as intake
from intake.layout import Layout, plain_heading
from intake.written import (
    Wrong,
)
from registry.cells import NOTHING, fault_of, value_of
from servicekit.identity import normalise_id_no

Owner = Literal["household", "monitor", "member"]


@dataclass(frozen=True)
class Column:
    """A column of a flat file: its code, and the field that its cells are."""

    name: str
    owner: Owner
    field: Field
    is_required: bool


_AS_OF = Field(
    name="as_of", kind="date", zh="采集日期", en="when this was found; older never overrides newer",
    sensitivity=FieldClass.S2, default=None,
    aliases=("数据日期", "采集时间", "信息采集日期", "信息采集时间", "更新日期"),
)  # fmt: skip


def _columns() -> Iterator[Column]:
    for field in given(HOUSEHOLD):
        yield Column(field.name, "household", field, field.is_required)
    yield Column(_AS_OF.name, "household", _AS_OF, is_required=False)
    for field in MONITOR:
        yield Column(f"monitor_{field.name}", "monitor", field, is_required=False)
    for field in given(PERSON):
        yield Column(field.name, "member", field, field.is_required and field.name != _IN_NUMBER)


_IN_NUMBER = "sex"  # where a file has no column for it, the ID number says it
COLUMNS = tuple(_columns())
INCOME_PARTS = {field.name: field for field in given(INCOME) if field.name != "year"}

_INCOME = re.compile(r"^income_(\d{4})_([a-z_]+)$")
_INCOME_LABEL = re.compile(r"^(\d{4})年?度?(.+)$")
_PARTS_BY_TITLE = {title: name for name, field in INCOME_PARTS.items() for title in (field.zh, *field.aliases)}

# A household in one row: its members stand side by side, `成员2姓名`, `姓名2`, `户主姓名`, `member_2_name`.
_MEMBER = re.compile(r"^member_([0-9]{1,2}|head|spouse)_([a-z_]+)$")
_NUMERAL = "([0-9]{1,2}|[一二三四五六七八九十]{1,2})"
_MEMBER_LABELS = (
    re.compile(rf"^(?:家庭)?(?:成员|人员|人口){_NUMERAL}[-_:.]?(?:的)?(?P<title>.+)$"),
    re.compile(rf"^第{_NUMERAL}(?:人|名|位|个|成员)+(?:的)?(?P<title>.+)$"),
    re.compile(rf"^(?P<title>.+?)[-_(]?{_NUMERAL}\)?$"),
)
_SPECIAL = {"户主": ("head", "head"), "配偶": ("spouse", "spouse")}
_NUMERALS = {text: number for number, text in enumerate("一二三四五六七八九十", start=1)}
_MEMBER_TITLES = {
    plain_heading(title): field.name for field in given(PERSON) for title in (field.zh, *field.aliases, field.name)
}


@dataclass(frozen=True)
class Places:
    """Where each column is in the rows that are read.

    Attributes:
        columns: Place of each known column.
        incomes: Place of each (year, part).
        beside: Places of the columns of each further member of a row, in their order.
        unused: Columns of the head of household beside those of a file that has one row a person.
    """

    columns: dict[str, int]
    incomes: dict[tuple[int, str], int]
    beside: dict[str, dict[str, int]]
    unused: list[str]

    @classmethod
    def of(cls, names: Sequence[str]) -> Places:
        """Find them among the names that `FLAT` gives."""
        columns: dict[str, int] = {}
        incomes: dict[tuple[int, str], int] = {}
        beside: dict[str, dict[str, int]] = {}
        for place, name in enumerate(names):
            income, member = _INCOME.match(name), _MEMBER.match(name)
            if income:
                incomes[int(income.group(1)), income.group(2)] = place
            elif member:
                beside.setdefault(member.group(1), {})[member.group(2)] = place
            else:
                columns[name] = place
        unused: list[str] = []
        if "name" in columns and not any(key.isdecimal() for key in beside):
            unused = [names[place] for member_columns in beside.values() for place in member_columns.values()]
            beside = {}
        order = sorted(beside, key=lambda key: (key != "head", key != "spouse", int(key) if key.isdecimal() else 0))
        return cls(columns, incomes, {key: beside[key] for key in order}, unused)


def other_column(header: str) -> str | None:
    """Give the name of a column that follows a pattern: an income of a year, or a field of a member of the row."""
    return _income_column(header) or _member_column(header)


def _income_column(header: str) -> str | None:
    """Give the name of an income column, `income_2026_wage`, by that name or as `2026年工资性收入`."""
    match = _INCOME.match(header)
    if match and match.group(2) in INCOME_PARTS:
        return header
    match = _INCOME_LABEL.match(header)
    if match and match.group(2) in _PARTS_BY_TITLE:
        return f"income_{match.group(1)}_{_PARTS_BY_TITLE[match.group(2)]}"
    return None


def _member_column(header: str) -> str | None:
    match = _MEMBER.match(header)
    if match:
        return header if match.group(2) in _MEMBER_TITLES.values() else None
    for word, (key, _) in _SPECIAL.items():
        field = _MEMBER_TITLES.get(header.removeprefix(word)) if header.startswith(word) else None
        if field and field != "relation":
            return f"member_{key}_{field}"
    for pattern in _MEMBER_LABELS:
        match = pattern.match(header)
        field = _MEMBER_TITLES.get(match["title"]) if match else None
        if match and field:
            number = match.group(2) if pattern.groupindex["title"] == 1 else match.group(1)
            return f"member_{_number(number)}_{field}"
    return None


def _number(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    tens, _, ones = numeral.rpartition("十") if "十" in numeral else ("", "", numeral)
    return (_NUMERALS.get(tens, 1) * 10 if "十" in numeral else 0) + _NUMERALS.get(ones, 0)


def _implied(present: set[str]) -> set[str]:
    """Give the columns of a person that the members beside one another have."""
    members = [match for name in present if (match := _MEMBER.match(name))]
    relation = {"relation"} if any(match.group(1) in ("head", "spouse") for match in members) else set()
    return {match.group(2) for match in members} | relation


_DIGITS = frozenset({"id_no", "village_code"})  # in every row but one that is none of the table
_WHO = frozenset({"name", "id_no", "person_no"})


def _is_who(name: str) -> bool:
    member = _MEMBER.match(name)
    return (member.group(2) if member else name) in _WHO


FLAT = Layout(
    tuple(
        intake.Column(
            c.name, c.field.zh, is_required=c.is_required, aliases=c.field.aliases, is_digits=c.name in _DIGITS
        )
        for c in COLUMNS
    ),
    is_own=_is_who,
    other=other_column,
    amounts=lambda name: bool(_INCOME.match(name)),
    implied=_implied,
    has_merged_amounts=True,  # incomes are of the household, whose rows they stand in
)


def household_document(places: Places, rows: Sequence[Sequence[str | None]]) -> tuple[dict[str, Any], list[FieldError]]:
    """Build the household that a group of rows describes, in the shape of an NDJSON line, and what is wrong in it.

    Household columns are read from the first row. An empty cell says nothing.
    """
    faults: list[FieldError] = []
    first = rows[0]

    def cells(owner: Owner, row: Sequence[str | None], at: Mapping[str, int], pointer: str) -> dict[str, Any]:
        given_cells: dict[str, Any] = {}
        for column in COLUMNS:
            place = at.get(column.field.name if at is not places.columns else column.name)
            text = row[place] if column.owner == owner and place is not None else None
            if text is None or not text.strip():
                continue
            value = value_of(column.field, text)
            if isinstance(value, Wrong):
                faults.append(fault_of(column.field, value, pointer))
            elif value is not NOTHING:
                given_cells[column.field.name] = value
        return given_cells

    document = cells("household", first, places.columns, "")
    monitor = cells("monitor", first, places.columns, "/monitor")
    if monitor:
        document["monitor"] = monitor
    members: list[dict[str, Any]] = []
    for row in rows:
        for key, at in {"": places.columns, **places.beside}.items():
            member = cells("member", row, at, f"/members/{len(members)}")
            if member or (not key and not places.beside):
                if key in ("head", "spouse"):
                    member.setdefault("relation", key)
                members.append(_with_sex(member))
    document["members"] = members
    document["incomes"] = _incomes(places, first, faults)
    return document, faults


def household_disagrees(places: Places, first: Sequence[str | None], other: Sequence[str | None]) -> str | None:
    """Give the first household column in which a later row contradicts the first one; blank cells do not."""
    for column in COLUMNS:
        place = places.columns.get(column.name)
        if place is not None and column.owner != "member" and _differ(first[place], other[place]):
            return column.name
    for (year, part), place in places.incomes.items():
        if _differ(first[place], other[place]):
            return f"income_{year}_{part}"
    return None


def _differ(first: str | None, other: str | None) -> bool:
    return bool(other and other.strip()) and (first or "").strip() != (other or "").strip()


def is_about_a_person(places: Places, row: Sequence[str | None]) -> bool:
    """Tell whether a row names somebody."""
    at = [places.columns.get("name"), places.columns.get("id_no"), places.columns.get("person_no")]
    at += [columns.get("name") for columns in places.beside.values()]
    return any(place is not None and (row[place] or "").strip() for place in at)


def _with_sex(member: dict[str, Any]) -> dict[str, Any]:
    if _IN_NUMBER not in member and isinstance(member.get("id_no"), str):
        sex = sex_in_number(member["id_no"])
        if sex:
            member[_IN_NUMBER] = sex
    return member


def sex_in_number(id_no: str) -> str | None:
    """Give the sex that a number says, where a file has no column for it."""
    text = normalise_id_no(id_no)
    if len(text) >= 18 and text[16].isdigit():
        return "1" if int(text[16]) % 2 else "2"
    if len(text) == 15 and text[14].isdigit():
        return "1" if int(text[14]) % 2 else "2"
    return None


def _incomes(places: Places, row: Sequence[str | None], faults: list[FieldError]) -> list[dict[str, Any]]:
    years: dict[int, dict[str, Any]] = {}
    for (year, part), place in places.incomes.items():
        text = row[place]
        value = value_of(INCOME_PARTS[part], text) if text and text.strip() else NOTHING
        if isinstance(value, Wrong):
            faults.append(fault_of(INCOME_PARTS[part], value, f"/incomes/{year}"))
        elif value is not NOTHING:
            years.setdefault(year, {"year": year})[part] = value
    return [years[year] for year in sorted(years)]
