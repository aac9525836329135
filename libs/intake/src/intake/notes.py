"""What an accepted file held that was not used, or was understood in a way that its sender should know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

MAX_NOTES = 200
MAX_NOTED_CHARS = 60

TEXTS: Final[dict[str, str]] = {
    "column.unknown": "列“{what}”不属于本表,未使用",
    "column.untitled": "第{what}列没有标题,其中的内容未使用",
    "line.unused": "{what}在标题行之前,只作说明,未使用",
    "line.total": "{what}是合计行,未使用",
    "line.remark": "{what}是表下的说明或签名,未使用",
    "line.heading": "{what}重复了列标题,未使用",
    "sheet.unused": "工作表“{what}”没有本表的标题行,未使用",
    "sheet.hidden": "工作表“{what}”是隐藏的,已按本表读取(不要它就在 Content-Type 后加 ; hidden=skip)",
    "sheet.skipped": "工作表“{what}”是隐藏的,按报送方的选择(hidden=skip)未读取",
    "sheet.read": "工作表“{what}”已读取",
    "charset.assumed": "文件没有声明编码,按 {what} 读取",
    "unit.assumed": "表头写明金额单位为{what},没有单位的金额都按此换算成元",
    "cells.merged": "列“{what}”有跨行的合并单元格,其内容用于其中每一行(金额除外)",
    "name.private": "{what}的姓名含有专用字库(造字)的字,别的系统认不出,比对时会列入待核实;请改用标准汉字",
    "notes.more": "还有 {what} 条同类说明未列出",
}


class Note(NamedTuple):
    """One thing to know: its kind, a key of `TEXTS`, and what it is about."""

    code: str
    what: str

    @property
    def message(self) -> str:
        """It in words."""
        return TEXTS[self.code].format(what=self.what)


def listed(notes: Iterable[Note]) -> list[Note]:
    """Give them once each, in order, at most `MAX_NOTES`: what is left out is counted."""
    found = list(dict.fromkeys(notes))
    if len(found) <= MAX_NOTES:
        return found
    return [*found[: MAX_NOTES - 1], Note("notes.more", str(len(found) - MAX_NOTES + 1))]
