"""What tables, their rows and columns are called: Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.indicators import Section, part_words

FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "parts": ("分", "by"),
    "ranking": ("排名", "ranking"),
    "months": ("逐月", "by month"),
    "tags": ("各类标签区域", "areas by tag"),
    "areas": ("", ""),
}
BY: Final[Mapping[str, tuple[str, str]]] = {
    "risk": ("风险类型", " risk"),
    "channel": ("发现渠道", " channel"),
    "department": ("部门", " department"),
    "severity": ("预警等级", " severity"),
    "category": ("监测类别", " category"),
    "guarantee": ("保障类别", " guarantee"),
    "reason": ("减收原因", " reason of falling income"),
}
MISSING: Final = "尚缺"
NO_VALUE: Final = "无应计对象"
HIDDEN: Final = "隐去"
UNIT: Final = "{zh}（{unit}）"
STATES: Final[Mapping[str, str]] = {
    "draft": "草稿：本期数据未冻结，仅供核对，不得作为正式报表使用。",
    "frozen": "已冻结，尚未印发。",
    "issued": "",
}
NOT_OVER: Final = "本期尚未结束，以下为截至{day}的数据。"
LACKS: Final = "尚缺指标：{names}。表中以“尚缺”标出，不作零计。"
PROTECTED: Final = "为保护个人信息，少于5的计数不显示；可由合计推出小数的，一并隐去。"
ISSUED: Final = "印发日期"
MONTH: Final = "{area}{year}年{number}月{zh}"
QUARTER: Final = "{area}{year}年第{number}季度{zh}"
SIGNED: Final = "{year}年{month}月{day}日"
FRACTION: Final = "{value}（{numerator}/{denominator}）"
RANKED: Final = "{shown}，第{rank}名"
APART: Final = "{shown}，不排名"


def part_label(dimension: str, part: str) -> tuple[str, str]:
    """Give what a part of a dimension is called; its code where no list names it."""
    words = part_words(dimension, part)
    return words.zh, words.en


def section_title(section: Section) -> tuple[str, str]:
    """Give what a section is called."""
    return section.label, section.english
