"""Errors of scheduling."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class SchedulingNotFound(NotFound):
    """404: no such record, or item of one, of the caller's areas and department."""

    code = "alerts.scheduling.not_found"
    title = "未找到该调度记录或议定事项"
    advice = "请核对编号,以及其是否属于您的区域和部门。"


class SchedulingInvalid(InvalidInput):
    """422: what is said of a meeting does not go together."""

    code = "alerts.scheduling.invalid"
    title = "调度信息不符合要求"
    advice = "请按 errors 修改:召开日期不早于期初、不晚于今天,议定事项须有责任单位和时限。"


class SchedulingClosed(Conflict):
    """409: the record is cancelled, or the item is closed already."""

    code = "alerts.scheduling.closed"
    title = "该记录已作废或该事项已办结"
    advice = "请重新读取最新状态。"
