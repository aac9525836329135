"""What makes a row of the area list acceptable. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from contracts.area_vocabulary import AreaTag
from contracts.errors import FieldError
from contracts.id_numbers import carries_id_number
from intake.layout import Column, Layout
from intake.written import CLEAR, Wrong, folded, is_error, read_date
from registry.areas.texts import FAULTS, PLACED
from servicekit.areas import is_area_code, level_of, parent_of

LAYOUT = Layout((
    Column(
        "code", "区划代码", is_required=True, aliases=("行政区划代码", "统计用区划代码", "代码", "编码"), is_digits=True
    ),
    Column("name", "名称", is_required=True, aliases=("区划名称", "行政区划名称", "单位名称")),
    Column("parent_code", "上级代码", aliases=("上级区划代码", "上级编码", "父级代码")),
    Column("valid_from", "启用日期", is_required=True, aliases=("生效日期", "启用时间")),
    Column("valid_to", "停用日期", aliases=("失效日期", "停用时间", "撤销日期")),
    Column("successor_code", "继任代码", aliases=("并入区划代码", "继任区划代码")),
), keeps_nulls=True)  # fmt: skip


@dataclass(frozen=True)
class AreaRow:
    """An area as a file describes it; `keeps_end` says that the file does not tell whether and when it ends."""

    line: int
    code: str
    name: str
    level: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    keeps_end: bool = False
    successor_code: str | None = None


def wrong(line: int, field: str, key: str) -> FieldError:
    """Say what is wrong with a line; `key` is one of `texts.FAULTS`."""
    return FieldError.told(FAULTS, key, f"line:{line}/{field}")


def line_of(error: FieldError) -> int:
    """Give the line that an error is about."""
    return int(error.pointer.removeprefix("line:").partition("/")[0])


def placed(error: FieldError, sheets: Mapping[int, str]) -> FieldError:
    """Say also which row of which sheet it is; `sheets` are those of a workbook by their first lines."""
    line = line_of(error)
    first = max((start for start in sheets if start <= line), default=None)
    if first is None:
        return error
    return replace(error, detail=PLACED.format(sheet=sheets[first], row=line - first + 1, detail=error.detail))


def _is_village(code: str) -> bool:
    return is_area_code(code) and level_of(code) == "village"


def read_row(line: int, cells: Mapping[str, Any]) -> AreaRow | FieldError:
    """Read a row by the names of its columns.

    The parent that a row names must be the one that the code's digits say. An empty end says nothing.
    Source: 统计用区划代码, 12 digits, higher levels padded with zeros.
    """
    told = {column.name: folded(cells.get(column.name) or "") for column in LAYOUT.columns}
    code, name = told["code"], told["name"]
    for field, text in told.items():
        if is_error(text):
            return wrong(line, field, "cell.error")
    if not is_area_code(code):
        return wrong(line, "code", "code.type")
    level = level_of(code)
    if level == "nation":
        return wrong(line, "code", "code.range")
    if not name or len(name) > 100 or not name.isprintable():
        return wrong(line, "name", "name.missing")
    if carries_id_number(name):
        return wrong(line, "name", "name.id_number")
    parent = parent_of(code)
    parent = None if level == "province" else parent
    given = told["parent_code"]
    if given and given not in (parent, CLEAR) and not (parent is None and set(given) == {"0"}):
        return wrong(line, "parent_code", "parent_code.mismatch")
    valid_from = read_date(told["valid_from"])
    if isinstance(valid_from, Wrong):
        return wrong(line, "valid_from", "valid_from.type")
    ends = told["valid_to"]
    valid_to = read_date(ends) if ends and ends != CLEAR else None
    if isinstance(valid_to, Wrong):
        return wrong(line, "valid_to", "valid_to.type")
    if valid_to is not None and valid_to < valid_from:
        return wrong(line, "valid_to", "valid_to.range")
    successor = told["successor_code"] or None
    if successor is not None and (valid_to is None or successor == code or not _is_village(successor)):
        return wrong(line, "successor_code", "successor_code.range")
    return AreaRow(line, code, name, level, parent, valid_from, valid_to, not ends, successor)


# Levels whose areas are designated so. Source: 运城市 2021 (counties), 沅江市 2022 (villages).
TAG_LEVELS: Mapping[AreaTag, tuple[str, ...]] = {
    AreaTag.PRIORITY: ("county", "town", "village"),
    AreaTag.DEMONSTRATION: ("county", "town", "village"),
    AreaTag.PIONEER: ("county", "town"),
    AreaTag.ADVANCING: ("county", "town"),
    AreaTag.FORMER_POOR: ("county", "village"),
    AreaTag.WEAK_ECONOMY: ("village",),
    AreaTag.BORDER: ("county", "town", "village"),
}

Days = tuple[date, date | None]


def meets(one: Days, other: Days) -> bool:
    """Tell whether two spans, of a first and a last day or none, have a day in common."""
    return (other[1] is None or one[0] <= other[1]) and (one[1] is None or other[0] <= one[1])


def wrong_tag(tag: AreaTag, level: str, days: Days, area_ends: date | None) -> list[str]:
    """Give what is wrong with a tag of an area, as keys of `texts.TAG_FAULTS`."""
    first_on, last_on = days
    return [
        key
        for key, is_wrong in (
            ("tag.level", level not in TAG_LEVELS[tag]),
            ("last_on.range", last_on is not None and last_on < first_on),
            ("first_on.over", area_ends is not None and area_ends < first_on),
        )
        if is_wrong
    ]
