"""How a process says which signing keys it has, so that nobody else can say it for one. Pure.

A revocation is done when every process has confirmed it; whoever could confirm for others, or invent processes that
never do, would decide what the operator is told. So what is said is proved by a key that the installation shares.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import socket
import sys
from pathlib import Path

REPLICA_HEADER = "bangfu-replica"
REPLICA = f"{Path(sys.argv[0] or 'process').parent.name}/{socket.gethostname()}/{secrets.token_hex(8)}"
"""How this process is called where it asks for keys."""

LEAST_KEY_CHARS = 32
_WITHIN_S = 30
_SAID = re.compile(r"([a-z0-9_-]{1,32}/[A-Za-z0-9.-]{1,64}/[0-9a-f]{16}) ([0-9]{1,12}) ([0-9a-f]{64})")


def said(key: str, name: str, digest: str, now_s: float) -> str:
    """Give the value of the header: who has which keys, when, and the proof.

    Args:
        digest: What names the keys, as the issuer's ETag says it without quotes; empty before the first answer.
    """
    at_s = int(now_s)
    return f"{name} {at_s} {_proof(key, name, digest, at_s)}"


def heard(key: str, value: str, digest: str, now_s: float) -> str | None:
    """Give the name of the process that said `value` of `digest`; None for what nobody of this installation said."""
    found = _SAID.fullmatch(value)
    if found is None:
        return None
    name, at_s, proof = found[1], int(found[2]), found[3]
    is_proved = hmac.compare_digest(proof, _proof(key, name, digest, at_s))
    return name if is_proved and abs(now_s - at_s) <= _WITHIN_S else None


def _proof(key: str, name: str, digest: str, at_s: int) -> str:
    return hmac.new(key.encode(), f"{name}|{digest}|{at_s}".encode(), hashlib.sha256).hexdigest()
