"""What the pages of a plain telephone say, refusals too. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VISIT = "走访"
APPLICATION = "农户申请"
NO_HOUSEHOLD = {"title": "没有该农户", "advice": "请从首页的列表中选择农户。"}
BROKE_OFF = {"title": "应答中断", "advice": "请稍后再试。"}

# What people call the fields of the two forms, by the last part of the pointer.
FIELDS = {
    "household_id": "农户",
    "area_code": "村",
    "happened_on": "走访日期",
    "applied_on": "申请日期",
    "way": "方式",
    "outcome": "结果",
    "risk_types": "发现的风险",
    "risk_type": "主要困难",
    "via": "申请方式",
    "note": "情况说明",
    "staff_id": "走访人",
}
# Faults of a shape say in English what is expected (RFC 9457 `errors`); what a person can do about it, in Chinese.
_ADVICE = {
    "date": "请写成 2026-11-05 这样的日期",
    "missing": "请填写",
    "enum": "请从列表中选择",
    "string_too_long": "写得太长,请缩短",
    "uuid": "请从农户列表中选择",
}


def lines(problem: Mapping[str, Any]) -> list[str]:
    """Give what is wrong, field by field, as the page shows it; empty where the title says it all."""
    found: list[str] = []
    for error in problem.get("errors") or ():
        parts = [part for part in str(error.get("pointer", "")).split("/") if part and not part.isdigit()]
        name = FIELDS.get(parts[-1], "") if parts else ""
        code, detail = str(error.get("code", "")), str(error.get("detail", ""))
        chinese = next((said for kind, said in _ADVICE.items() if kind in code), detail.partition(" / ")[0])
        found.append(f"{name}:{chinese}" if name else chinese)
    return found
