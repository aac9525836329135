"""What a rule may lack in a comparison, by name and in words. Pure."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "missing", "too_old", "held", "records_only", "no_profile", "income_unknown", "newly_come", "overtaken",
    "context_missing", "retired", "not_active",
]  # fmt: skip
Status = Literal["evaluated", "partly", "not_evaluated"]

_BECAUSE = {
    "missing": "{dataset}：本期没有计入的报送 / no delivery counts for {period}",
    "too_old": "{dataset}：最近一期为{other}，已超过有效期 / the last delivery, of {other}, is too old for {period}",
    "held": "{dataset}：名单暂缓生效，待核实 / the list is held until somebody has decided",
    "records_only": "{dataset}：只有单条推送，没有完整名单 / only single records, no complete list counts for {period}",
    "no_profile": "没有生效的政策参数 / no policy profile is in force",
    "income_unknown": "没有本年度或上年度收入 / no income of this year or the last is known",
    "newly_come": "{dataset}：名单日期后迁入，无法比对 / came after the list's day and cannot be checked",
    "overtaken": "{dataset}：已有{other}的更新名单 / a newer list, of {other}, is known",
    "context_missing": "{dataset}：缺少参考数据，等级可能偏低 / not delivered; it only decides how severe a finding is",
    "retired": "规则已停用 / the rule is retired",
    "not_active": "规则的新版本尚未启用 / the version before is retired, and nobody has activated this one",
}


def because(reason: str, dataset: str | None, other: str | None, period: str) -> str:
    """Say why a rule was not evaluated, or not everywhere."""
    return _BECAUSE[reason].format(dataset=dataset, other=other, period=period)
