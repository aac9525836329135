"""Errors of the supervision list."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class SupervisionNotFound(NotFound):
    """404: no such entry of the caller's areas and department."""

    code = "alerts.supervision.not_found"
    title = "未找到该督办事项"


class SupervisionPast(InvalidInput):
    """422: the deadline is over."""

    code = "alerts.supervision.past"
    title = "督办时限已过"
    advice = "请填写今天或以后的日期。"


class SupervisionClosed(Conflict):
    """409: the entry is closed."""

    code = "alerts.supervision.closed"
    title = "该督办事项已摘牌"


class SupervisionSecondPerson(Forbidden):
    """403: who put a unit on the list does not take it off."""

    code = "alerts.supervision.second_person"
    title = "摘牌须由另一人办理"
    advice = "请由未立牌的另一人核实后摘牌。"
