"""Errors of the month's report on rectification."""

from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class ReportNotFound(NotFound):
    """404: no such report of the caller's areas."""

    code = "alerts.rectification_report.not_found"
    title = "未找到该整改月报"


class ReportTooEarly(InvalidInput):
    """422: the month is not over."""

    code = "alerts.rectification_report.too_early"
    title = "该月尚未结束"
    advice = "请在月末后报送;数字按月末状态统计。"
