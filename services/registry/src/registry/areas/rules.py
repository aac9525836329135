"""What makes a row of the area list acceptable. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.errors import FieldError
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


def wrong(line: int, field: str, key: str) -> FieldError:
    """Say what is wrong with a line; `key` is one of `texts.FAULTS`."""
    return FieldError.told(FAULTS, key, f"line:{line}/{field}")


def line_of(error: FieldError) -> int:
    """Give the line that an error is about."""
    return int(error.pointer.removeprefix("line:").partition("/")[0])


def read_row(line: int, cells: Mapping[str, Any]) -> AreaRow | FieldError:
    """Read a row by the names of its columns.

    The parent that a row names must be the one that the code's digits say.
    Source: 统计用区划代码, 12 digits, higher levels padded with zeros.
    """
    code, name = str(cells.get("code") or "").strip(), str(cells.get("name") or "").strip()
    if not is_area_code(code):
        return wrong(line, "code", "code.type")
    level = level_of(code)
    if level == "nation":
        return wrong(line, "code", "code.range")
    if not name or len(name) > 100 or not name.isprintable():
        return wrong(line, "name", "name.missing")
    parent = parent_of(code)
    parent = None if level == "province" else parent
    given = str(cells.get("parent_code") or "").strip()
    if given and given != parent and not (parent is None and set(given) == {"0"}):
        return wrong(line, "parent_code", "parent_code.mismatch")
    try:
        valid_from = date.fromisoformat(str(cells.get("valid_from") or "").strip())
    except ValueError:
        return wrong(line, "valid_from", "valid_from.type")
    ends = str(cells.get("valid_to") or "").strip()
    try:
        valid_to = date.fromisoformat(ends) if ends else None
    except ValueError:
        return wrong(line, "valid_to", "valid_to.type")
    if valid_to is not None and valid_to < valid_from:
        return wrong(line, "valid_to", "valid_to.range")
    return AreaRow(line, code, name, level, parent, valid_from, valid_to)
