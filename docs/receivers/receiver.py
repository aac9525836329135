"""A subscriber's receiver of Bangfu's webhooks: `python receiver.py PORT < secret`. Python 3.11, no other library;
of a subscription signed by `v1a` (public key `whpk_...` in place of the secret) also `cryptography`.

It prints each event once, as a line of JSON: there goes what you do with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
MOST_BYTES = 20_000


def is_genuine(secrets: list[str], headers: dict[str, str], body: bytes, now_s: float) -> bool:
    """Tell whether the body is Bangfu's and not an old one: Standard Webhooks 1.0.0, `v1` and `v1a`.

    Args:
        secrets: `whsec_...`, or the public keys `whpk_...`; two while a rotation lasts.
    """
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not sent_at.isdigit() or abs(now_s - int(sent_at)) > TOLERANCE_S:
        return False
    signed = f"{message_id}.{sent_at}.".encode() + body
    given = [item.partition(",") for item in headers.get("webhook-signature", "").split(" ")]
    return any(_fits(secret, signed, kind, signature) for secret in secrets for kind, _, signature in given)


def _fits(secret: str, signed: bytes, kind: str, signature: str) -> bool:
    """Tell whether a signature is of this secret, by the one kind that the secret is for."""
    if kind == "v1" and secret.startswith("whsec_"):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
        return hmac.compare_digest(wanted, signature.encode())
    if kind == "v1a" and secret.startswith("whpk_"):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(secret.removeprefix("whpk_")))
        try:
            key.verify(base64.b64decode(signature), signed)
        except (InvalidSignature, ValueError):
            return False
        return True
    return False


class Inbox:
    """What has come. Keep it in your database instead, in the transaction that acts on the event."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.position = 0

    def take(self, event: dict) -> bool:
        """Tell whether the event is new, and remember it."""
        if event["id"] in self._seen:
            return False
        self._seen.add(event["id"])
        self.position = max(self.position, event["data"].get("position", 0))
        return True


class Receiver(BaseHTTPRequestHandler):
    """Answers at once; whatever takes long belongs behind a queue."""

    protocol_version = "HTTP/1.1"
    secrets: list[str] = []
    inbox = Inbox()

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(min(size, MOST_BYTES))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if size > MOST_BYTES:
            status = 413
        elif not is_genuine(self.secrets, headers, body, time.time()):
            status = 401
        else:
            event = json.loads(body)
            if self.inbox.take(event):
                print(json.dumps(event, ensure_ascii=False) + "\n", end="", flush=True)  # whole, whoever else writes
            status = 204
        self.send_response(status)
        self.send_header("content-length", "0")
        if status == 413:
            self.send_header("connection", "close")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


if __name__ == "__main__":
    Receiver.secrets = sys.stdin.readline().split()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print("listening", file=sys.stderr, flush=True)
    server.serve_forever()
