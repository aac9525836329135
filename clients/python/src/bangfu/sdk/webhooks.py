"""Checking that a webhook came from Bangfu and is fresh.

Source: Standard Webhooks 1.0: `webhook-signature: v1,<base64 HMAC-SHA256 of id.timestamp.body>`, or `v1a,<Ed25519>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from bangfu.sdk.models import AlertEvent
from bangfu.sdk.problems import SignatureInvalid
from bangfu.sdk.subscription_models import TestEvent

PREFIX = "whsec_"
PUBLIC = "whpk_"
_EVENT: TypeAdapter[AlertEvent | TestEvent] = TypeAdapter(AlertEvent | TestEvent)


def verify_webhook(
    secrets: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    tolerance_s: float = 300.0,
    now_s: float | None = None,
) -> AlertEvent | TestEvent:
    """Return the alert or the test that a webhook carries, after checking who sent it and when.

    Args:
        secrets: The subscription's secret (`whsec_...`) or public key (`whpk_...`), or several while one is rotated.
        headers: Headers of the request, names in any case.
        body: The body exactly as received.
        tolerance_s: How far the timestamp may be from now, in seconds, both ways.
        now_s: Unix time; now when None.

    Raises:
        SignatureInvalid: if a header is missing, no signature fits, the timestamp is too far off,
            or the body is neither.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, stamp, given = (
            lower["webhook-id"],
            lower["webhook-timestamp"],
            lower["webhook-signature"],
        )
    except KeyError as missing:
        raise SignatureInvalid(f"header {missing.args[0]} is missing") from None
    try:
        age_s = abs((time.time() if now_s is None else now_s) - int(stamp))
    except ValueError:
        raise SignatureInvalid("webhook-timestamp is not a number") from None
    if age_s > tolerance_s:
        raise SignatureInvalid(f"webhook-timestamp is {age_s:.0f} s off, more than {tolerance_s:.0f} s")
    signed = f"{message_id}.{stamp}.".encode() + body
    known = [secrets] if isinstance(secrets, str) else secrets
    offered = [part.partition(",") for part in given.split()]
    if not any(_fits(secret, signed, kind, signature) for secret in known for kind, _, signature in offered):
        raise SignatureInvalid("no signature fits the secret")
    try:
        return _EVENT.validate_json(body)
    except ValidationError as error:
        raise SignatureInvalid(f"the body is no alert event: {error.error_count()} errors") from None


def _fits(secret: str, signed: bytes, kind: str, signature: str) -> bool:
    """Tell whether a signature is of this secret, by the one kind that the secret is for."""
    is_public = secret.startswith(PUBLIC)
    if kind != ("v1a" if is_public else "v1"):
        return False
    try:
        key = base64.b64decode(secret.removeprefix(PUBLIC if is_public else PREFIX), validate=True)
    except binascii.Error:
        raise SignatureInvalid("the secret is not base64") from None
    if not is_public:
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted.encode(), signature.encode())
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
