"""Standard Webhooks signatures: `v1`, HMAC-SHA256. Pure.

Source: Standard Webhooks 1.0.0: the signed text is `{id}.{timestamp}.{body}`; several signatures, separated by a
blank, let a secret be rotated without downtime.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

PREFIX = "whsec_"
_SECRET_BYTES = 32  # the standard asks for 24 to 64


def new_secret() -> str:
    """Give a fresh secret in its text form."""
    return PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Give one signature, `v1,<base64>`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp_s, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[str], message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Give the three headers; the newest secret signs first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp_s, body) for secret in secrets),
    }
