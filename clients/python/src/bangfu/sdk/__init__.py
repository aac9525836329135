"""Typed client of the Bangfu API; needs only httpx, httpx-sse, pydantic and zstandard."""

from bangfu.sdk.client import Bangfu
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
    TooManyRequests,
    Unauthorised,
    UnreadableFile,
    UnsupportedMedia,
    WaitedTooLong,
)
from bangfu.sdk.retries import Retries
from bangfu.sdk.webhooks import verify_webhook

__all__ = [
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
    "SignatureInvalid",
    "TooManyRequests",
    "Unauthorised",
    "UnreadableFile",
    "UnsupportedMedia",
    "WaitedTooLong",
    "verify_webhook",
]
