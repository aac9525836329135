"""Errors of feedback."""

from __future__ import annotations

from servicekit.problems import Conflict, NotFound


class FeedbackNotFound(NotFound):
    """404: no such round of feedback of the caller's areas and department."""

    code = "alerts.feedback.not_found"
    title = "未找到该批核实结果反馈"
    advice = "请核对编号,以及该批反馈是否属于您的区域和部门。"


class FeedbackAcknowledged(Conflict):
    """409: the department has read the round already."""

    code = "alerts.feedback.acknowledged"
    title = "该批反馈已确认"
    advice = "以后的核实结果在新的一批中。"


class FeedbackGrew(Conflict):
    """409: more was decided since the caller read the round; `items` says how many there are."""

    code = "alerts.feedback.grew"
    title = "该批反馈有新增结果"
    advice = "请重新读取全部结果,再按 items 所示的条数确认。"
