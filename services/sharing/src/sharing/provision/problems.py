"""Errors of provision."""

from __future__ import annotations

from servicekit.problems import Forbidden, InvalidInput, TooManyRequests


class NothingGranted(Forbidden):
    """403: the agreement grants nothing now."""

    code = "sharing.provision.not_granted"
    title = "该协议目前不提供任何数据"
    advice = "协议未获双方批准、尚未生效、已到期或已撤销;请用 GET /v1/agreements/{id} 查看状态。"


class NotTheReceiver(Forbidden):
    """403: only the receiver draws, with the client that the agreement names."""

    code = "sharing.provision.not_receiver"
    title = "只有协议的接收方可以领取"
    advice = "请使用接收方部门的接入方;协议限定接入方的,须使用该接入方。"


class OtherMode(InvalidInput):
    """422: the agreement provides in another manner."""

    code = "sharing.provision.other_mode"
    title = "协议约定的提供方式不同"
    advice = "请按 mode 所示的方式领取;改变方式须另订协议。"


class FieldsNotAgreed(Forbidden):
    """403: none of the fields that were asked for is agreed."""

    code = "sharing.provision.fields_not_agreed"
    title = "所请求的字段均不在协议范围内"
    advice = "请只请求 agreed 所列字段;增加字段须由双方批准新版本。"


class QuotaUsedUp(TooManyRequests):
    """429: the agreement's rows of the day are used up."""

    code = "sharing.provision.quota"
    title = "已达到协议约定的每日行数"
    advice = "请明日再领取,或由双方批准新的每日行数;本次未提供任何数据。"


class NumberInvalid(InvalidInput):
    """422: what was given is no citizen number, or no name."""

    code = "sharing.provision.number_invalid"
    title = "证件号码或姓名不正确"
    advice = "请核对证件号码(15、18、20 或 22 位)和姓名后重试。"
