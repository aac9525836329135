"""Errors of the lists behind numbers."""

from __future__ import annotations

from servicekit.problems import Forbidden, NotFound


class IndicatorUnknown(NotFound):
    """404: no such indicator here."""

    code = "indicators.unknown"
    title = "没有这个指标"
    advice = "请在指标目录(GET /v1/indicators)中查找。"


class FigurePending(NotFound):
    """404: it was not computed for this period, or not in this version. That is not zero."""

    code = "indicators.pending"
    title = "该期指标尚未生成"
    advice = "请在期末生成后再查询;尚未生成不等于零。"


class MembersKeptInCounty(Forbidden):
    """403: the rows behind a number stay in the county."""

    code = "indicators.members_kept"
    title = "名单不出县,仅提供汇总数"
    advice = "请由县级及以下人员查看名单。"
