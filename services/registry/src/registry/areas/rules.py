"""What makes a row of the area list acceptable. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.layout import Column, Layout
from servicekit.areas import is_area_code, level_of, parent_of

LAYOUT = Layout((
    Column("code", "区划代码", is_required=True),
    Column("name", "名称", is_required=True),
    Column("parent_code", "上级代码"),
    Column("valid_from", "启用日期", is_required=True),
    Column("valid_to", "停用日期"),
))  # fmt: skip


@dataclass(frozen=True)
class AreaRow:
    """An area as a file describes it."""

    line: int
    code: str
    name: str
    level: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line."""

    line: int
    field: str
    code: str
    message: str


def read_row(line: int, cells: Mapping[str, Any]) -> AreaRow | Fault:
    """Read a row by the names of its columns.

    The parent that a row names must be the one that the code's digits say.
    Source: 统计用区划代码, 12 digits, higher levels padded with zeros.
    """
    code, name = str(cells.get("code") or "").strip(), str(cells.get("name") or "").strip()
    if not is_area_code(code):
        return Fault(line, "code", "code.type", "区划代码应为12位数字 / an area code has twelve digits")
    level = level_of(code)
    if level == "nation":
        return Fault(line, "code", "code.range", "全国代码不需导入 / the nation is not imported")
    if not name or len(name) > 100 or not name.isprintable():
        return Fault(line, "name", "name.missing", "名称不能为空或过长 / the name is missing or too long")
    parent = parent_of(code)
    parent = None if level == "province" else parent
    given = str(cells.get("parent_code") or "").strip()
    if given and given != parent and not (parent is None and set(given) == {"0"}):
        return Fault(
            line, "parent_code", "parent_code.mismatch", "上级代码与代码本身不符 / the digits say another parent"
        )
    try:
        valid_from = date.fromisoformat(str(cells.get("valid_from") or "").strip())
    except ValueError:
        return Fault(line, "valid_from", "valid_from.type", "启用日期应为 YYYY-MM-DD / must be an ISO date")
    ends = str(cells.get("valid_to") or "").strip()
    try:
        valid_to = date.fromisoformat(ends) if ends else None
    except ValueError:
        return Fault(line, "valid_to", "valid_to.type", "停用日期应为 YYYY-MM-DD / must be an ISO date")
    if valid_to is not None and valid_to < valid_from:
        return Fault(line, "valid_to", "valid_to.range", "停用日期早于启用日期 / ends before it begins")
    return AreaRow(line, code, name, level, parent, valid_from, valid_to)
