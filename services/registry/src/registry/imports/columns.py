"""Flat files (CSV, XLSX): one row a person, the household's columns repeated. Names, labels and cell values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from contracts.vocabulary import (
    HealthCondition,
    HouseholdType,
    HousingTenure,
    Labelled,
    LabourLevel,
    MonitorCategory,
    Relation,
    Relief,
    RiskType,
    SchoolStage,
)
from registry.imports.problems import WrongColumns

Owner = Literal["household", "monitor", "member"]
Kind = Literal["text", "bool", "date", "code", "codes"]


@dataclass(frozen=True)
class Column:
    """A column of a flat file: its code, its Chinese label and how its cells are read."""

    name: str
    label: str
    owner: Owner
    kind: Kind = "text"
    vocabulary: type[Labelled] | None = None
    is_required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("hh_no", "户编号", "household", is_required=True),
    Column("village_code", "行政村代码", "household", is_required=True),
    Column("group_name", "村民小组", "household"),
    Column("hh_type", "户类型", "household", "code", HouseholdType, is_required=True),
    Column("housing_tenure", "住房来源", "household", "code", HousingTenure),
    Column("is_resettled", "是否易地搬迁", "household", "bool"),
    Column("address", "家庭住址", "household"),
    Column("phone", "联系电话", "household"),
    Column("last_negative_decision_on", "最近不予纳入日期", "household", "date"),
    Column("monitor_category", "监测对象类别", "monitor", "code", MonitorCategory),
    Column("monitor_identified_on", "识别监测时间", "monitor", "date"),
    Column("monitor_risk_types", "风险类型", "monitor", "codes", RiskType),
    Column("person_no", "人口编号", "member"),
    Column("name", "姓名", "member", is_required=True),
    Column("id_no", "证件号码", "member"),
    Column("birth_date", "出生日期", "member", "date", is_required=True),
    Column("sex", "性别", "member"),
    Column("relation", "与户主关系", "member", "code", Relation, is_required=True),
    Column("labour", "劳动技能", "member", "code", LabourLevel, is_required=True),
    Column("school_stage", "在校生状况", "member", "code", SchoolStage),
    Column("has_finished_compulsory", "已完成义务教育", "member", "bool"),
    Column("health", "健康状况", "member", "codes", HealthCondition),
    Column("relief", "享受低保特困", "member", "code", Relief),
)

INCOME_PARTS: dict[str, str] = {
    "wage": "工资性收入",
    "business": "生产经营性收入",
    "property": "财产性收入",
    "transfer": "转移性收入",
    "business_cost": "生产经营性支出",
    "insurance_payout": "理赔收入",
    "self_paid": "合规自付支出",
}

_TRUE = frozenset({"是", "true", "1", "yes", "t", "y"})
_FALSE = frozenset({"否", "false", "0", "no", "f", "n"})
_SEXES = {"男": "1", "女": "2"}
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_COMPACT_DATE = re.compile(r"^\d{8}$")
_EXCEL_EPOCH = date(1899, 12, 30)
_INCOME = re.compile(r"^income_(\d{4})_([a-z_]+)$")
_INCOME_LABEL = re.compile(r"^(\d{4})年?(.+)$")
_BY_LABEL = {part_label: part for part, part_label in INCOME_PARTS.items()}
_CODES: dict[type[Labelled], dict[str, str]] = {}


@dataclass(frozen=True)
class Layout:
    """Where each column of a file is.

    Attributes:
        columns: Place of each known column.
        incomes: Place of each (year, part).
        ignored: Headers that mean nothing here.
    """

    width: int
    columns: dict[str, int]
    incomes: dict[tuple[int, str], int]
    ignored: tuple[str, ...]


def read_header(cells: Sequence[str]) -> Layout:
    """Find the columns in a header row; Chinese labels and codes are both understood.

    Raises:
        WrongColumns: if a required column is missing or one comes twice.
    """
    names = {column.name: column.name for column in COLUMNS} | {column.label: column.name for column in COLUMNS}
    columns: dict[str, int] = {}
    incomes: dict[tuple[int, str], int] = {}
    ignored: list[str] = []
    for place, cell in enumerate(cells):
        header = cell.strip().strip("*")
        name = names.get(header)
        income = _income_column(header)
        if name is not None:
            if name in columns:
                raise WrongColumns(f"the column {name} comes twice")
            columns[name] = place
        elif income is not None:
            incomes[income] = place
        elif header:
            ignored.append(header)
    missing = [column for column in COLUMNS if column.is_required and column.name not in columns]
    if missing:
        listed = ", ".join(f"{column.name} ({column.label})" for column in missing)
        raise WrongColumns(f"missing columns: {listed}", missing=[column.name for column in missing])
    return Layout(len(cells), columns, incomes, tuple(ignored[:50]))


def _income_column(header: str) -> tuple[int, str] | None:
    match = _INCOME.match(header)
    if match and match.group(2) in INCOME_PARTS:
        return int(match.group(1)), match.group(2)
    match = _INCOME_LABEL.match(header)
    if match and match.group(2) in _BY_LABEL:
        return int(match.group(1)), _BY_LABEL[match.group(2)]
    return None


def household_document(layout: Layout, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Build the household that a group of rows describes, in the shape of an NDJSON line.

    Household columns are read from the first row. Cells that make no sense stay as they are, so that
    validation can name them.
    """
    first = rows[0]
    document: dict[str, Any] = {}
    monitor: dict[str, Any] = {}
    for column in COLUMNS:
        if column.owner == "member" or column.name not in layout.columns:
            continue
        value = _value(column, _cell(first, layout.columns[column.name]))
        if value is None:
            continue
        if column.owner == "monitor":
            monitor[column.name.removeprefix("monitor_")] = value
        else:
            document[column.name] = value
    if monitor:
        document["monitor"] = monitor
    document["members"] = [_member(layout, row) for row in rows]
    document["incomes"] = _incomes(layout, first)
    return document


def household_disagrees(layout: Layout, first: Sequence[Any], other: Sequence[Any]) -> str | None:
    """Give the first household column in which a later row contradicts the first one; blank cells do not."""
    for column in COLUMNS:
        place = layout.columns.get(column.name)
        if place is None or column.owner == "member":
            continue
        theirs = _cell(other, place)
        if theirs not in (None, "") and theirs != _cell(first, place):
            return column.name
    return None


def _member(layout: Layout, row: Sequence[Any]) -> dict[str, Any]:
    member: dict[str, Any] = {}
    for column in COLUMNS:
        if column.owner == "member" and column.name in layout.columns:
            value = _value(column, _cell(row, layout.columns[column.name]))
            if value is not None:
                member[column.name] = value
    if "sex" not in member and isinstance(member.get("id_no"), str):
        sex = sex_in_number(member["id_no"])
        if sex:
            member["sex"] = sex
    elif "sex" in member:
        member["sex"] = _SEXES.get(member["sex"], member["sex"])
    return member


def sex_in_number(id_no: str) -> str | None:
    """Give the sex that a number says, where a file has no column for it."""
    text = id_no.strip()
    if len(text) >= 18 and text[16].isdigit():
        return "1" if int(text[16]) % 2 else "2"
    if len(text) == 15 and text[14].isdigit():
        return "1" if int(text[14]) % 2 else "2"
    return None


def _incomes(layout: Layout, row: Sequence[Any]) -> list[dict[str, Any]]:
    years: dict[int, dict[str, Any]] = {}
    for (year, part), place in layout.incomes.items():
        cell = _cell(row, place)
        if cell not in (None, ""):
            years.setdefault(year, {"year": year})[part] = _plain_text(cell).replace(",", "")
    return [years[year] for year in sorted(years)]


def _cell(row: Sequence[Any], place: int) -> Any:
    return row[place] if place < len(row) else None


def _value(column: Column, cell: Any) -> Any:
    if cell is None:
        return None
    text = _plain_text(cell)
    if text == "":
        return None
    if column.kind == "bool":
        lowered = text.lower()
        return True if lowered in _TRUE else False if lowered in _FALSE else text
    if column.kind == "date":
        return cell.isoformat()[:10] if isinstance(cell, date) else read_date(text)
    if column.kind == "code" and column.vocabulary is not None:
        return _code(column.vocabulary, text)
    if column.kind == "codes" and column.vocabulary is not None:
        vocabulary = column.vocabulary
        return [_code(vocabulary, part) for part in re.split(r"[,,、;;|\s]+", text) if part]
    return text


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


def _plain_text(cell: Any) -> str:
    """Give a cell as text; a workbook's number 12.0 is 12, as the person who typed it sees it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(round(cell, 2))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).strip()
