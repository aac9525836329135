"""Errors of change requests."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, Overtaken


class ChangeRequestNotFound(NotFound):
    """404: no such request about a household of the caller's."""

    code = "registry.change_request.not_found"
    title = "没有此项户变更申请,或不在您的管辖范围内"


class ChangeRequestInvalid(InvalidInput):
    """422: what is asked for would contradict itself or the register, or its evidence is missing."""

    code = "registry.change_request.invalid"
    title = "户变更申请不合要求"
    advice = "请按 errors 的位置和说明修改后重新提交;各类变更须填内容和佐证见接口文档。"


class ChangeRequestDecided(Conflict):
    """409: it is decided, or was withdrawn."""

    code = "registry.change_request.decided"
    title = "该变更申请已处理"
    advice = "请重新读取该申请;需要时另行提出新的申请。"


class ChangeRequestOvertaken(Overtaken):
    """409: the household has changed since then in what the request touches, or rests on; nothing is applied."""

    code = "registry.change_request.overtaken"
    title = "提出申请后该户已有其他变更,不能按原申请办理"
    advice = "请查看该申请的 contested(申请时与现在的差异),由申请人撤回后按最新情况重新提出,或不予通过。"


class SecondPersonNeeded(Forbidden):
    """403: who asked for a change does not decide about it."""

    code = "registry.change_request.second_person"
    title = "户变更须由申请人以外的人审批"
    advice = "请由具有 households:approve 的另一人审批;申请人可以撤回(withdraw)。"


class OtherLevelDecides(Forbidden):
    """403: the caller's area is less than that of whoever decides."""

    code = "registry.change_request.other_level"
    title = "该类变更须由上级审批"
    advice = "请由 level 所示的乡镇或县级人员审批。"


class NotTheRequester(Forbidden):
    """403: only who asked for a change takes it back."""

    code = "registry.change_request.not_requester"
    title = "只有申请人可以撤回"
    advice = "审批人请用 refuse 不予通过,并说明理由。"
