"""Everything the SDK raises.

```
BangfuError
├── BangfuProblem            the API answered with problem+json (RFC 9457)
│   ├── BadRequest           400
│   ├── Unauthorised         401
│   ├── Forbidden            403
│   ├── NotFound             404
│   ├── Conflict             409
│   ├── StartAgain           410  what was followed is another system's, or other areas': read from the beginning
│   ├── PreconditionFailed   412  somebody else changed it first
│   ├── PayloadTooLarge      413
│   ├── UnsupportedMedia     415
│   ├── InvalidInput         422
│   ├── PreconditionRequired 428
│   ├── TooManyRequests      429
│   └── ServerProblem        5xx
├── NoAnswer                 nothing came back: refused, cut off or timed out
│   └── IssuerAway           the same where people sign in
├── SignInFailed             somebody could not sign in, or is signed in no more
├── SignatureInvalid         a webhook that Bangfu did not sign, or too old
├── UnreadableFile           a file that cannot be split into parts
└── WaitedTooLong            a run did not finish within the time the caller gave
```
"""

# ruff: noqa: N818  an error is named after what happened, as the API's problems are

from __future__ import annotations

from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError


class FieldProblem(BaseModel):
    """One wrong field of a request."""

    model_config = ConfigDict(extra="allow")

    pointer: str = ""
    code: str = ""
    detail: str = ""


class BangfuError(Exception):
    """Base of everything the SDK raises."""


class NoAnswer(BangfuError):
    """No answer arrived; whether the request had an effect is unknown, so repeat it with the same key."""


class IssuerAway(NoAnswer):
    """The issuer at which people sign in did not answer."""


class SignInFailed(BangfuError):
    """The issuer refused, answered what cannot be trusted, or the session with it is over."""


class SignatureInvalid(BangfuError):
    """The webhook was not signed with the subscription's secret, or its timestamp is too old."""


class UnreadableFile(BangfuError):
    """A file's kind is unknown or its compression is broken."""


class WaitedTooLong(BangfuError):
    """What the caller waited for did not happen in time."""


class BangfuProblem(BangfuError):
    """The API refused, and says why and what to do.

    Attributes:
        status: HTTP status.
        code: Stable code, `<service>.<thing>.<what>`: the thing to branch on.
        title: What is wrong, in Chinese.
        advice: What to do, in Chinese.
        detail: English detail.
        errors: The fields concerned, for input errors.
        extensions: Further members of the problem.
        retry_after_s: Seconds the server asked to wait, if it did.
    """

    def __init__(
        self,
        status: int,
        *,
        code: str = "",
        title: str = "",
        advice: str = "",
        detail: str = "",
        errors: list[FieldProblem] | None = None,
        extensions: dict[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.title = title
        self.advice = advice
        self.detail = detail
        self.errors = errors or []
        self.extensions = extensions or {}
        self.retry_after_s: float | None = None
        super().__init__(self._line())

    def _line(self) -> str:
        parts = [f"{self.status} {self.code}".strip(), self.title, self.detail, self.advice]
        parts += [f"{error.pointer}: {error.code} {error.detail}".strip() for error in self.errors[:5]]
        return " | ".join(part for part in parts if part)


class BadRequest(BangfuProblem):
    """400."""


class Unauthorised(BangfuProblem):
    """401: no token, an expired one, or wrong client credentials."""


class Forbidden(BangfuProblem):
    """403: the client lacks the scope or belongs to another department."""


class NotFound(BangfuProblem):
    """404: not there, or outside the client's areas."""


class Conflict(BangfuProblem):
    """409: it contradicts what is stored."""


class StartAgain(BangfuProblem):
    """410: the token of changes serves no more; read from the beginning and replace the copy."""


class PreconditionFailed(BangfuProblem):
    """412: it changed since it was read; read again and decide again."""


class PayloadTooLarge(BangfuProblem):
    """413."""


class UnsupportedMedia(BangfuProblem):
    """415."""


class InvalidInput(BangfuProblem):
    """422: the shape or a value is wrong; `errors` points to it."""


class PreconditionRequired(BangfuProblem):
    """428: the change needs the version it is based on."""


class TooManyRequests(BangfuProblem):
    """429: wait `retry_after_s`."""


class ServerProblem(BangfuProblem):
    """5xx: the fault is not the caller's."""


_BY_STATUS: dict[int, type[BangfuProblem]] = {
    400: BadRequest,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: StartAgain,
    412: PreconditionFailed,
    413: PayloadTooLarge,
    415: UnsupportedMedia,
    422: InvalidInput,
    428: PreconditionRequired,
    429: TooManyRequests,
}
_MEMBERS = {"type", "status", "title", "detail", "code", "advice", "errors", "instance"}


def retry_after_s(response: httpx.Response) -> float | None:
    """Seconds the server asked to wait; None when it did not say, or named a date."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None


def problem_of(response: httpx.Response) -> BangfuProblem:
    """Build the exception for an error response whose body was read."""
    problem = _read(response)
    problem.retry_after_s = retry_after_s(response)
    return problem


def _read(response: httpx.Response) -> BangfuProblem:
    kind = _kind_of(response.status_code)
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return kind(response.status_code, detail=response.text[:500])
    if "error" in body and "code" not in body:  # OAuth 2.0 token endpoint, RFC 6749 §5.2
        return kind(
            response.status_code,
            code=f"oauth2.{body['error']}",
            detail=str(body.get("error_description", "")),
            advice=str(body.get("advice", "")),
        )
    return problem_from(response.status_code, body)


# Any: what a service says about itself.
def problem_from(status: int, body: dict[str, Any]) -> BangfuProblem:
    """Build the exception for a problem document, such as that of work which failed after it was accepted."""
    return _kind_of(status)(
        status,
        code=str(body.get("code", "")),
        title=str(body.get("title", "")),
        advice=str(body.get("advice", "")),
        detail=str(body.get("detail", "")),
        errors=_errors(body.get("errors")),
        extensions={name: value for name, value in body.items() if name not in _MEMBERS},
    )


def _kind_of(status: int) -> type[BangfuProblem]:
    return _BY_STATUS.get(status, ServerProblem if status >= 500 else BangfuProblem)


def _errors(raw: object) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    for item in raw if isinstance(raw, list) else []:
        try:
            found.append(FieldProblem.model_validate(item))
        except ValidationError:
            found.append(FieldProblem(detail=str(item)))
    return found
