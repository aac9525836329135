"""Rows of a table that are none of its data: totals, remarks and signatures below it, headings said again. Pure.

A row is set aside only where nothing in it could be somebody: what is not surely one of these stays a row, and is
refused by what it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, Literal

from intake.layout import Found, Layout, plain_heading
from intake.refusals import UNREADABLE, RefusedError

Aside = Literal["line.total", "line.remark", "line.heading"]

UNIT: Final = re.compile(r"单位(?:为|是)?[:\s]*\(?(亿元|万元|千元|百元|元)(?![一-鿿])")

_TOTAL = re.compile(r"^[^0-9]{0,12}(?:合计|总计|小计|共计|总数|汇总|累计)(?:[:(].{0,20})?$")
_COUNTED = re.compile(r"^(?:[-+0-9.,%()/—¥￥\s]|人|户|元|万|次|条|共|计)*$")
_REMARK = re.compile(
    r"^(?:备?注|说明|填表|填报|制表|编制|审核|复核|审批|经办|负责人|单位|主管|联系|报送|报表|打印|导出|日期|时间|盖章|签字|签章|数据来源"
    r"|以上|以下|本表|第.{1,6}页|共.{1,6}页|电话)"
)
_NUMBER = re.compile(r"[0-9]{14,}")


def aside_of(
    layout: Layout,
    found: Sequence[Found | None],
    headings: Collection[str],
    required: Sequence[int],
    cells: Sequence[str],
) -> Aside | None:
    """Tell what a row is where it is no row of the table.

    Args:
        found: What each column of the table means.
        headings: The table's own headings and all that the layout knows, as `plain_heading` gives them, lower case.
        required: The places of the columns that every row fills.
        cells: The row; it may be shorter than the table.

    Raises:
        RefusedError: UNREADABLE, another table begins in this row.
    """
    filled = [(place, cell) for place, cell in enumerate(map(plain_heading, cells)) if cell]
    if not filled or any(_NUMBER.search(cell) for _, cell in filled):
        return None
    named = [cell for _, cell in filled if cell.lower() in headings]
    if len(named) >= max(2, (sum(map(bool, found)) + 1) // 2):
        again = [(place, layout.find(cells[place])) for place, _ in filled]
        if all(meaning is None or (place < len(found) and found[place] == meaning) for place, meaning in again):
            return "line.heading"
        raise RefusedError(UNREADABLE, "another heading stands in the middle of the table", seen=ANOTHER)
    first, text = filled[0]
    if _TOTAL.match(text) and all(_COUNTED.match(cell) or _TOTAL.match(cell) for _, cell in filled[1:]):
        return "line.total"
    is_known = first < len(found) and found[first] is not None
    has_most = sum(1 for place, _ in filled if place in required) * 2 >= len(required) > 0
    return "line.remark" if _REMARK.match(text) and (is_known or not has_most) else None


ANOTHER: Final = "表格中间又出现了一行不同的列标题(列的顺序或单位不同);请把两张表分成两个工作表或两个文件"
OTHER_UNIT: Final = "表下的说明写了另一个金额单位,与按列标题理解的不同;请在列标题中写明单位,如 金额(万元)"
