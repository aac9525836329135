"""Standard Webhooks signatures: `v1`, HMAC-SHA256. Pure.

Source: Standard Webhooks 1.0.0; several signatures, separated by a blank, let a secret be rotated without downtime.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

_SECRET_BYTES = 32  # the standard asks for 24 to 64


def new_secret() -> str:
    """Give a fresh secret in its text form."""
    return "whsec_" + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the three headers for a message sent `at` (UTC); the newest secret signs first."""
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, text) for secret in secrets),
    }
