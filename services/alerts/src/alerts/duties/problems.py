"""Errors of duties."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, Overtaken


class DutyNotFound(NotFound):
    """404: no such duty of the caller's areas and department."""

    code = "alerts.duty.not_found"
    title = "未找到该事项"
    advice = "请核对事项编号,以及该事项是否属于您的区域和部门。"


class NotYours(Forbidden):
    """403: somebody else has the duty; the caller only sees it."""

    code = "alerts.duty.not_yours"
    title = "该事项不由您办理"
    advice = "由责任单位(村、乡镇或部门)办理;逾期上报到您这一级后,您也可以接手。"


class DutyClosed(Overtaken):
    """409: nobody has the duty any more."""

    code = "alerts.duty.closed"
    title = "该事项已办结或取消"
    advice = "请重新读取事项;办理结果见事项所属的线索或监测对象。"


class InOtherHands(Conflict):
    """409: somebody else has the duty in hand."""

    code = "alerts.duty.in_other_hands"
    title = "该事项已由他人接手"
    advice = "请由 holder 所示的人员或接入方移交给您。"


class NotInHand(Conflict):
    """409: the result is given by whoever has taken the duty in hand."""

    code = "alerts.duty.not_in_hand"
    title = "请先接手该事项"
    advice = "请先用 POST /v1/duties/{duty_id}/accept 接手 duty_id 所示的事项,再提交办理结果。"


class HandOverUnfit(InvalidInput):
    """422: the one that it would go to may not act on it."""

    code = "alerts.duty.hand_over_unfit"
    title = "不能移交给对方"
    advice = "对方须为在任人员(staff:<id>)或有效接入方,可办理事项(duties:handle),且区域、部门相符。"
