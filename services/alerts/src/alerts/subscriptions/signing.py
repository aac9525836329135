"""Standard Webhooks signatures: `v1`, HMAC-SHA256 by a shared secret, and `v1a`, Ed25519 by a key pair. Pure.

Source: Standard Webhooks 1.0.0; several signatures, separated by a blank, let a secret be rotated without downtime.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

_SECRET_BYTES = 32  # of HMAC the standard asks for 24 to 64; the seed of Ed25519 has 32
_SHARED, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"


class Signature(StrEnum):
    """How a webhook is signed."""

    HMAC = "v1"
    ED25519 = "v1a"


def new_secret(signature: Signature = Signature.HMAC) -> str:
    """Give what signs, fresh, in its text form: a secret to share, or the private key of a pair."""
    prefix = _PRIVATE if signature is Signature.ED25519 else _SHARED
    return prefix + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def public_key(secret: str) -> str | None:
    """Give the public key of a private one in its text form; None for a shared secret, which has none."""
    if not secret.startswith(_PRIVATE):
        return None
    return _PUBLIC + base64.b64encode(_private(secret).public_key().public_bytes_raw()).decode()


def headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the three headers for a message sent `at` (UTC); the newest secret signs first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(_sign(secret, message_id, at, body) for secret in secrets),
    }


def _sign(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    if not secret.startswith(_PRIVATE):
        return Webhook(secret).sign(message_id, at, body.decode())
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return f"{Signature.ED25519},{base64.b64encode(_private(secret).sign(signed)).decode()}"


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.removeprefix(_PRIVATE)))
