"""Errors of disasters."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class DisasterNotFound(NotFound):
    """404: no such disaster that touches the caller's areas."""

    code = "alerts.disaster.not_found"
    title = "未找到该灾害事件"


class DisasterInvalid(InvalidInput):
    """422: dates out of order or in the future, or areas that do not lie in one county."""

    code = "alerts.disaster.invalid"
    title = "灾害事件填写不正确"


class DisasterClosed(Conflict):
    """409: the disaster is closed; nothing is added to it."""

    code = "alerts.disaster.closed"
    title = "该灾害事件已办结"
    advice = "新发现的受灾户请按线索上报(POST /v1/visits),或另行登记灾害事件。"


class DebtsDue(Conflict):
    """409: households are still owed help or procedure; `open_by_state` counts them."""

    code = "alerts.disaster.debts_due"
    title = "还有受灾户的手续未办结"
    advice = "请先补齐手续,或写明理由核销;清单见 GET /v1/disasters/{id}/households。"


class AffectedNotFound(NotFound):
    """404: no such household on the list, or it is outside the caller's areas."""

    code = "alerts.disaster.household_not_found"
    title = "该灾害事件清单中没有此户"


class AffectedOver(Conflict):
    """409: the household was taken off the list, or its debts were written off."""

    code = "alerts.disaster.household_over"
    title = "该户已移出清单或已核销"
    advice = "请重新读取该户;误移出的,请重新登记(POST /v1/disasters/{id}/households)。"


class TooManyHouseholds(InvalidInput):
    """422: an area holds more households than are taken at once."""

    code = "alerts.disaster.too_many"
    title = "该区域的户数过多"
    advice = "请分村或分网格登记。"
