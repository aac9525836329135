"""Errors of households and persons."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound, TooManyRequests


class HouseholdNotFound(NotFound):
    """404: no such household within the caller's areas."""

    code = "registry.household.not_found"
    title = "未找到该户"


class PersonNotFound(NotFound):
    """404: no such person within the caller's areas."""

    code = "registry.person.not_found"
    title = "未找到该人员"


class HouseholdNotKnownYet(NotFound):
    """404: the household was registered after the instant of which it is asked; `known_since` says when."""

    code = "registry.household.not_known_yet"
    title = "该时点尚未登记该户"
    advice = "请查询 known_since(登记时间)之后的时点。"


class InstantAhead(InvalidInput):
    """422: a household is asked for as of an instant, or a day, that has not come."""

    code = "registry.household.instant_ahead"
    title = "查询时点在将来"
    advice = "as_of 和 occurred_by 请填写现在或以前的时间;不填即为当前情况。"


class HouseholdInvalid(InvalidInput):
    """422: the household contradicts itself or the registry."""

    code = "registry.household.invalid"
    title = "户信息不合要求"


class HouseholdExists(Conflict):
    """409: the household number is registered already."""

    code = "registry.household.exists"
    title = "户编号已存在"
    advice = "请查询该户后用 PATCH 修改;批量更新请用 POST /v1/imports。"


class PersonElsewhere(Conflict):
    """409: the person is an active member of another household."""

    code = "registry.person.in_other_household"
    title = "该人员已在其他户中"
    advice = "一人只能属于一个在册户:请先在原户办理减少,再加入本户。"


class TooManyMatches(TooManyRequests):
    """429: the client was told too often within a day that a number is registered already."""

    code = "registry.person.match_limit"
    title = "一天内过多次登记已在册人员,已暂停登记与导入"
    advice = "请先用 POST /v1/persons/search 核对证件号码,改正后于次日重试;批量合并户请联系县级监测中心。"


class HouseholdEnded(Conflict):
    """409: the household has ended or was merged."""

    code = "registry.household.ended"
    title = "该户已不在册"


class HouseholdProtected(Conflict):
    """409: a household that is being identified or monitored does not end by a change of its register."""

    code = "registry.household.protected"
    title = "该户正在识别或监测中,不能直接销户"
    advice = "请先办理退出:POST /v1/episodes/{id}/transitions 提议 EXIT_PROPOSED,由他人审核后再销户。"


class CaseUnknown(InvalidInput):
    """422: the case is no clue and no episode of the person's household."""

    code = "registry.person.case_unknown"
    title = "该户没有此线索或监测记录"
    advice = "case_id 请填该户线索或监测记录的 id:见 GET /v1/clues 与 GET /v1/episodes;刚生成的线索请稍后重试。"


class TooManyUnmaskings(TooManyRequests):
    """429: more full identities in a minute than allowed."""

    code = "registry.person.unmask_limit"
    title = "查看完整身份过于频繁"
    advice = "请按 Retry-After 等待;如需批量数据,请申请数据共享协议。"


class QuotaUsedUp(TooManyRequests):
    """429: as many looks at unmasked data as somebody may take in a day; `starts_again_at` says when there are more."""

    code = "registry.person.quota_used_up"
    title = "今日查看未脱敏信息的次数已用完"
    advice = "请在 starts_again_at(北京时间次日零时)后再试;确需提高上限,请联系安全管理员。"
