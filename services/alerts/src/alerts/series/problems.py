"""Errors of series."""

from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class SeriesNotFound(NotFound):
    """404: no such value of the caller's areas or above them."""

    code = "alerts.series.not_found"
    title = "未找到该统计数据"
    advice = "请核对编号,以及该数据是否由本地区或其上级录入。"


class SeriesInvalid(InvalidInput):
    """422: values that cannot be kept; none of what was given is."""

    code = "alerts.series.invalid"
    title = "统计数据不符合要求"
    advice = "请按 errors 修改后重新提交;本次提交的数据均未录入。"
