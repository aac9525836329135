"""What makes a row of the area list acceptable. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.layout import Column, Layout
from registry.areas.texts import FAULTS
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

    @property
    def message(self) -> str:
        """The text in Chinese and English."""
        return FAULTS[self.code]


def read_row(line: int, cells: Mapping[str, Any]) -> AreaRow | Fault:
    """Read a row by the names of its columns.

    The parent that a row names must be the one that the code's digits say.
    Source: 统计用区划代码, 12 digits, higher levels padded with zeros.
    """
    code, name = str(cells.get("code") or "").strip(), str(cells.get("name") or "").strip()
    if not is_area_code(code):
        return Fault(line, "code", "code.type")
    level = level_of(code)
    if level == "nation":
        return Fault(line, "code", "code.range")
    if not name or len(name) > 100 or not name.isprintable():
        return Fault(line, "name", "name.missing")
    parent = parent_of(code)
    parent = None if level == "province" else parent
    given = str(cells.get("parent_code") or "").strip()
    if given and given != parent and not (parent is None and set(given) == {"0"}):
        return Fault(line, "parent_code", "parent_code.mismatch")
    try:
        valid_from = date.fromisoformat(str(cells.get("valid_from") or "").strip())
    except ValueError:
        return Fault(line, "valid_from", "valid_from.type")
    ends = str(cells.get("valid_to") or "").strip()
    try:
        valid_to = date.fromisoformat(ends) if ends else None
    except ValueError:
        return Fault(line, "valid_to", "valid_to.type")
    if valid_to is not None and valid_to < valid_from:
        return Fault(line, "valid_to", "valid_to.range")
    return AreaRow(line, code, name, level, parent, valid_from, valid_to)
