"""Why somebody who signed in gets no token: every reason once, for answers, pages and tests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Stable words; the code of an answer is `gateway.sign_in.<reason>`."""

    MALFORMED = "token_malformed"
    KIND = "token_kind"
    ISSUER_UNKNOWN = "issuer_unknown"
    SIGNATURE = "token_signature"
    TYPE = "token_type"
    AUDIENCE = "token_audience"
    EXPIRED = "token_expired"
    ACCOUNT = "token_subject"
    SECOND_FACTOR_MISSING = "second_factor_missing"
    UNKNOWN_ACCOUNT = "unknown_account"
    SHARED_ACCOUNT = "shared_account"
    INACTIVE = "inactive"
    NO_TERM = "no_term"
    SEVERAL_TERMS = "several_terms"
    TERM_UNKNOWN = "term_unknown"
    TERM_NOT_BEGUN = "term_not_begun"
    TERM_OVER = "term_over"
    OUTSIDE_AREAS = "outside_areas"
    OTHER_DEPARTMENT = "other_department"
    NO_SCOPE = "no_scope"
    SCOPE_BEYOND_ROLE = "scope_beyond_role"
    SCOPE_BEYOND_CLIENT = "scope_beyond_client"


@dataclass(frozen=True, slots=True)
class Why:
    """What a reason says.

    Attributes:
        error: The word of OAuth for it: RFC 8693 2.2.2 wants invalid_request for a subject that is not accepted.
    """

    zh: str
    en: str
    advice: str
    error: str = "invalid_request"


_SIGN_IN_AGAIN: Final = "请重新登录后再试。"
_ASK_ROSTER: Final = "请联系本县人员名册管理员核对登记。"
_ASK_OPERATOR: Final = "请联系系统管理员核对登录设置。"
_ASK_SCOPE: Final = "请只申请该角色与接入方都有的 scope,或省略 scope 取得全部。"

WHY: Final[Mapping[Reason, Why]] = {
    Reason.MALFORMED: Why("登录令牌格式不对", "the subject token is not a JWT", _SIGN_IN_AGAIN),
    Reason.KIND: Why(
        "不支持的令牌种类", "subject_token_type is not one that is taken", "请发送登录系统签发的访问令牌(JWT)。"
    ),
    Reason.ISSUER_UNKNOWN: Why("登录系统未登记", "the token's issuer signs nobody in here", _ASK_OPERATOR),
    Reason.SIGNATURE: Why(
        "登录令牌签名无效", "the signature does not hold, or its algorithm is not taken", _SIGN_IN_AGAIN
    ),
    Reason.TYPE: Why(
        "不是访问令牌", "typ is not one that is taken of this issuer; an ID token is no access token",
        "请发送访问令牌(access token),不要发送身份令牌(ID token)。",
    ),
    Reason.AUDIENCE: Why("登录令牌不是发给本系统的", "the token is for another application", _ASK_OPERATOR),
    Reason.EXPIRED: Why("登录已过期", "the token has expired or is not valid yet", _SIGN_IN_AGAIN),
    Reason.ACCOUNT: Why("登录令牌没有账号", "the claim that names the account is missing", _ASK_OPERATOR),
    Reason.SECOND_FACTOR_MISSING: Why(
        "缺少第二重验证", "the sign-in had no second factor as it must have", "请用两种方式验证身份后重新登录。"
    ),
    Reason.UNKNOWN_ACCOUNT: Why("账号未登记在人员名册", "nobody on the roster has this account", _ASK_ROSTER),
    Reason.SHARED_ACCOUNT: Why("账号登记在两人名下", "two people on the roster have this account", _ASK_ROSTER),
    Reason.INACTIVE: Why("人员已停用", "the person is switched off on the roster", _ASK_ROSTER),
    Reason.NO_TERM: Why("当前没有任职", "the person has no term in force today", _ASK_ROSTER),
    Reason.SEVERAL_TERMS: Why(
        "有多个任职,须指明以哪个身份办理", "several terms are in force: say which one",
        "请在 terms 中选择一个,把它的 appointment_id 一并发送。",
    ),
    Reason.TERM_UNKNOWN: Why(
        "没有这个任职", "the person has no such term", "请省略 appointment_id,从返回的任职中选择。"
    ),
    Reason.TERM_NOT_BEGUN: Why("任职尚未开始", "the term has not begun", _ASK_ROSTER),
    Reason.TERM_OVER: Why("任职已结束", "the term is over", _ASK_ROSTER),
    Reason.OUTSIDE_AREAS: Why(
        "任职区域超出接入方的区域", "the term's area does not lie within the client's areas",
        "请使用为该区域登记的应用,或请管理员调整接入方。",
    ),
    Reason.OTHER_DEPARTMENT: Why(
        "任职部门与接入方的部门不同", "the term is not of the client's department", "请使用本部门登记的应用。"
    ),
    Reason.NO_SCOPE: Why(
        "该角色与接入方没有共同的权限", "the role and the client have no scope in common",
        "请使用适合该角色的应用,或请管理员调整接入方。", "invalid_scope",
    ),
    Reason.SCOPE_BEYOND_ROLE: Why(
        "申请的权限超出角色", "the role does not have the scope", _ASK_SCOPE, "invalid_scope"
    ),
    Reason.SCOPE_BEYOND_CLIENT: Why(
        "申请的权限超出接入方的登记", "the client does not have the scope", _ASK_SCOPE, "invalid_scope"
    ),
}  # fmt: skip
