"""What somebody is told who signed in and gets no token, or whose token was taken elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from gateway.people.reasons import WHY, Reason
from gateway.problems import OAuthProblem
from servicekit.problems import Unauthorized, Unavailable


class SignInRefused(OAuthProblem):
    """400: one of `REFUSALS`, each made of its reason."""

    reason: ClassVar[Reason]


def _refusal(reason: Reason) -> type[SignInRefused]:
    why = WHY[reason]
    members = {
        "__doc__": f"400: {why.en}.",
        "__module__": __name__,
        "code": f"gateway.sign_in.{reason}",
        "title": why.zh,
        "advice": why.advice,
        "error": why.error,
        "reason": reason,
    }
    return type(f"SignInRefused_{reason}", (SignInRefused,), members)


REFUSALS: Final[Mapping[Reason, type[SignInRefused]]] = {reason: _refusal(reason) for reason in Reason}


def refused(reason: Reason, detail: str = "", **extensions: Any) -> SignInRefused:
    """Give the answer that a reason is told with."""
    return REFUSALS[reason](detail or WHY[reason].en, **extensions)


class IssuerAway(Unavailable):
    """503: the issuer at which people sign in does not answer, and its keys are not known."""

    code = "gateway.sign_in.issuer_away"
    title = "登录系统暂时无法访问"


class SessionElsewhere(Unauthorized):
    """401: the token was given to somebody at another address."""

    code = "session_elsewhere"
    title = "登录会话在其他地址使用,已拒绝"
    advice = "请在本机重新登录;若不是您本人换了网络,请立即告诉管理员。"

    def __init__(self, detail: str = "the token was given to another address") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
