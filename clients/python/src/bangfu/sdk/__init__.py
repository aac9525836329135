"""Typed client of the Bangfu API; needs only httpx, httpx-sse, pydantic and zstandard."""

from bangfu.sdk.client import Bangfu
from bangfu.sdk.people import ActingAs, Session, SessionFile, SignedIn
from bangfu.sdk.problems import (
    BadRequest,
    BangfuError,
    BangfuProblem,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NoAnswer,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    PreconditionRequired,
    ServerProblem,
    SignatureInvalid,
    SignInFailed,
    TooManyRequests,
    Unauthorised,
    UnreadableFile,
    UnsupportedMedia,
    WaitedTooLong,
)
from bangfu.sdk.retries import Retries
from bangfu.sdk.webhooks import verify_webhook

__all__ = [
    "ActingAs",
    "BadRequest",
    "Bangfu",
    "BangfuError",
    "BangfuProblem",
    "Conflict",
    "FieldProblem",
    "Forbidden",
    "InvalidInput",
    "NoAnswer",
    "NotFound",
    "PayloadTooLarge",
    "PreconditionFailed",
    "PreconditionRequired",
    "Retries",
    "ServerProblem",
    "Session",
    "SessionFile",
    "SignInFailed",
    "SignatureInvalid",
    "SignedIn",
    "TooManyRequests",
    "Unauthorised",
    "UnreadableFile",
    "UnsupportedMedia",
    "WaitedTooLong",
    "verify_webhook",
]
