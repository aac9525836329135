"""Errors of inspections."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class InspectionNotFound(NotFound):
    """404: no such inspection, or household of one, within the caller's areas."""

    code = "alerts.inspection.not_found"
    title = "未找到该督查或督查户"
    advice = "请核对编号,以及其是否在您的管辖范围内。"


class InspectionInvalid(InvalidInput):
    """422: what is said does not go together."""

    code = "alerts.inspection.invalid"
    title = "督查信息不符合要求"
    advice = "请按 errors 修改。"


class InspectionEmpty(Conflict):
    """409: there is no household to draw."""

    code = "alerts.inspection.empty"
    title = "本期没有可抽查的农户"
    advice = "请核对区划和期别:抽取对象为本季新识别、风险已消除、风险未消除的监测户和本季排除线索的农户。"


class InspectionClosed(Conflict):
    """409: the result was given."""

    code = "alerts.inspection.closed"
    title = "该户督查已有结果"
    advice = "请重新读取最新状态。"
