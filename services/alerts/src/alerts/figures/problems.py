"""Errors of figures."""

from __future__ import annotations

from servicekit.problems import Forbidden, InvalidInput, NotFound


class IndicatorNotFound(NotFound):
    """404: no such indicator."""

    code = "alerts.figures.unknown"
    title = "没有这个指标"
    advice = "请在指标目录(GET /v1/indicators)中查找。"


class FigureVersionNotFound(NotFound):
    """404: no such version."""

    code = "alerts.figures.version"
    title = "没有这个版本"
    advice = "已有版本见不指定 version 时返回的 versions。"


class FigurePeriodUnfit(InvalidInput):
    """422: the period has another length than the indicator's, or has not begun."""

    code = "alerts.figures.period"
    title = "该指标没有这一期"
    advice = "请使用该指标的周期(月 2026-11、季 2026-Q4、年 2026),且该期已经开始。"


class FigureNotOfDepartment(Forbidden):
    """403: a department sees its own part of an indicator, and this one has no parts of departments."""

    code = "alerts.figures.department"
    title = "该指标不分部门,部门账号不可查看"
    advice = "请查看按部门分列的指标。"


class FigureOfCounty(Forbidden):
    """403: outside the county, figures are of counties; what lies in one is shown by sheets that were issued."""

    code = "alerts.figures.county"
    title = "县以上只能查看以县为单位的数据"
    advice = "请按县查看(level=county),或查看已印发的市级表(GET /v1/sheets/city/...)。"


class RecomputationNotFound(NotFound):
    """404: nobody asked for this, or not within the caller's areas."""

    code = "alerts.figures.recomputation"
    title = "未找到该重算任务"
