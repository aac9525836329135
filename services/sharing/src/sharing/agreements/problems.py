"""Errors of agreements."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class UnknownAgreement(NotFound):
    """404: no such agreement of the caller's department and areas."""

    code = "sharing.agreement.unknown"
    title = "没有这份共享协议"
    advice = "请用 GET /v1/agreements 查看本部门作为提供方或接收方的协议。"


class AgreementInvalid(InvalidInput):
    """422: what is asked for is not what the product may give, or the days make no sense."""

    code = "sharing.agreement.invalid"
    title = "协议内容不符合要求"
    advice = "请按 errors 修改;产品、字段和接收方见 GET /v1/products。"


class NotAParty(Forbidden):
    """403: the caller's department is neither side of the agreement."""

    code = "sharing.agreement.not_a_party"
    title = "您的部门不是该协议的提供方或接收方"
    advice = "请由提供方或接收方的人员办理。"


class NotOffered(Conflict):
    """409: these terms are not waiting for an approval, or not for this one."""

    code = "sharing.agreement.not_offered"
    title = "该版本不在待批准状态"
    advice = "请重新读取协议;草拟的版本须先提交(offer),本方已批准的无须再批。"


class NotADraft(Conflict):
    """409: there is no draft to offer, or terms that wait stand in the way of new ones."""

    code = "sharing.agreement.not_a_draft"
    title = "没有可提交的草拟版本,或已有版本待批准"
    advice = "请重新读取协议;待批准的版本须先批准或退回,再提出新版本。"


class SamePerson(Forbidden):
    """403: who approved for one side does not approve for the other."""

    code = "sharing.agreement.second_person"
    title = "同一人不能代表双方批准"
    advice = "请由另一单位的另一人批准。"


class Revoked(Conflict):
    """409: the agreement was revoked."""

    code = "sharing.agreement.revoked"
    title = "协议已撤销"
    advice = "如仍需共享,请另行起草新协议。"
