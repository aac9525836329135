"""Errors of the purpose ledger."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class UnknownReceipt(NotFound):
    """404: no such receipt of the caller's department and areas."""

    code = "sharing.receipt.unknown"
    title = "没有这个提供回执"
    advice = "请用 GET /v1/provision/receipts 查看本部门提供或收到的回执。"


class UnknownPerson(NotFound):
    """404: no such person within the caller's areas."""

    code = "sharing.purpose_ledger.unknown_person"
    title = "未找到该人员,或不在您的管辖区域内"
    advice = "请使用 GET /v1/households 给出的人员 id。"


class NotTheProvider(Forbidden):
    """403: only who provided calls back."""

    code = "sharing.receipt.not_provider"
    title = "只有提供方可以召回"
    advice = "请联系提供方;接收方如发现有误,可申请数据更正。"


class NotTheReceiver(Forbidden):
    """403: only who received confirms."""

    code = "sharing.receipt.not_receiver"
    title = "只有接收方可以确认召回"
    advice = "请由接收方的人员确认。"


class NotAbout(InvalidInput):
    """422: somebody is named whom the receipt is not about."""

    code = "sharing.receipt.not_about"
    title = "回执不涉及所列人员"
    advice = "请只列出该回执涉及的人员;不列则召回整份。"


class AlreadyRecalled(Conflict):
    """409: it was called back before."""

    code = "sharing.receipt.already_recalled"
    title = "该回执已召回"
    advice = "请重新读取回执,查看召回原因和确认情况。"


class NotRecalled(Conflict):
    """409: there is nothing to confirm."""

    code = "sharing.receipt.not_recalled"
    title = "该回执没有被召回"
    advice = "无须确认。"
