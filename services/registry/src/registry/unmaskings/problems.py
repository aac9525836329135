"""Errors of unmasking in bulk."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, Problem, TooManyRequests


class UnmaskingNotFound(NotFound):
    """404: no such request within the caller's areas."""

    code = "registry.unmasking.not_found"
    title = "没有此项批量查看申请,或不在您的管辖区域内"


class UnmaskingInvalid(InvalidInput):
    """422: the request contradicts itself, or names nobody or too many; nothing was kept."""

    code = "registry.unmasking.invalid"
    title = "批量查看申请不合要求"


class UnmaskingSecondPerson(Forbidden):
    """403: who asks does not confirm."""

    code = "registry.unmasking.second_person"
    title = "批量查看须由另一人复核"
    advice = "请由申请人以外、具有 unmaskings:confirm 的另一人复核。"


class UnmaskingDecided(Conflict):
    """409: the request has been decided otherwise."""

    code = "registry.unmasking.decided"
    title = "该申请已处理"
    advice = "请重新读取申请;仍需查看的,请重新申请(POST /v1/unmaskings)。"


class UnmaskingNotConfirmed(Conflict):
    """409: nobody else has confirmed the request yet."""

    code = "registry.unmasking.not_confirmed"
    title = "该申请尚未经另一人复核"
    advice = "请等待复核;state 为 confirmed 后再读取。"


class UnmaskingNotYours(Forbidden):
    """403: only who asked reads what was confirmed."""

    code = "registry.unmasking.not_yours"
    title = "只有申请人本人可以读取"
    advice = "请由申请人登录后读取;您需要查看的,请另行申请。"


class UnmaskingGone(Problem):
    """410: the request was refused or taken back, or its time is over."""

    code = "registry.unmasking.gone"
    title = "该申请已不予同意、已撤回或已过期"
    status = 410
    advice = "仍需查看的,请重新申请(POST /v1/unmaskings)。"


class BulkQuotaUsedUp(TooManyRequests):
    """429: as many persons as somebody may see by bulk requests in a day; `left` says how many there are still."""

    code = "registry.unmasking.quota_used_up"
    title = "今日批量查看的人数已达上限"
    advice = "请在 starts_again_at(北京时间次日零时)后再读;left 大于零时可缩小 limit 继续。"
