"""An issuer on loopback that signs everybody in at once, and a gateway that exchanges its tokens, in one server."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TERMS = [
    {"appointment_id": "term-a", "role": "TOWN", "area_code": "990101101000", "grid": None, "last_on": None},
    {"appointment_id": "term-b", "role": "VILLAGE", "area_code": "990101101201", "grid": None, "last_on": "2026-12-31"},
]


def jwt(**claims: Any) -> str:
    """A token that nobody signed: the client believes its issuer's connection."""
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


@dataclass
class World:
    """What the server does, and what it saw."""

    address: str = ""
    client_id: str = "bangfu-app"
    lifetime_s: float = 300
    id_token: dict[str, Any] = field(default_factory=dict)  # over what is right
    answered: dict[str, str] = field(default_factory=dict)  # the same of the address that the browser is sent to
    has_several_terms: bool = False
    refusal: dict[str, Any] | None = None
    refresh_tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def forms(self, path: str) -> list[dict[str, str]]:
        """What was sent to a path."""
        return [form for place, form in self.seen if place == path]

    def tokens(self, nonce: str | None = None) -> dict[str, Any]:
        """A fresh set; the refresh token is good for once."""
        refresh = f"refresh-{len(self.seen)}"
        self.refresh_tokens = {refresh}
        right = {"iss": self.address, "aud": self.client_id, "sub": "u-1", "exp": time.time() + 300, "nonce": nonce}
        return {
            "access_token": jwt(iss=self.address, sub="u-1", serial=len(self.seen)),
            "id_token": jwt(**(right | self.id_token)),
            "refresh_token": refresh,
            "expires_in": self.lifetime_s,
        }

    def issue(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The issuer's token endpoint."""
        if form["grant_type"] == "refresh_token":
            is_good = form["refresh_token"] in self.refresh_tokens
            return (200, self.tokens()) if is_good else (400, {"error": "invalid_grant"})
        asked = self.codes.pop(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, self.tokens(asked["nonce"])

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The gateway's token endpoint."""
        now = time.time()
        if form["grant_type"] == "client_credentials":
            return 200, {"access_token": jwt(client_id="town", exp=now + 300), "expires_in": 300}
        if self.refusal:
            return 400, {"error": "invalid_request"} | self.refusal
        if self.has_several_terms and "appointment_id" not in form:
            return 400, {"error": "invalid_request", "code": "gateway.sign_in.several_terms", "terms": TERMS}
        claims = {
            "client_id": "town", "person": "0199-person", "role": "TOWN", "areas": ["990101101000"],
            "appointment_id": form.get("appointment_id", "term-a"), "scope": "duties:read", "exp": now + 300,
        }  # fmt: skip
        return 200, {"access_token": jwt(**claims), "expires_in": 300}


@contextlib.contextmanager
def serving() -> Iterator[World]:
    """Serve until the end of the block."""
    world = World()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _send(self, status: int, body: dict[str, Any], **headers: str) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(raw))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            world.seen.append((parts.path, asked | {"authorization": self.headers.get("authorization", "")}))
            if parts.path == "/.well-known/openid-configuration":
                places = {f"{name}_endpoint": f"{world.address}/{name}" for name in ("authorization", "token")}
                self._send(200, {"issuer": world.address, "revocation_endpoint": f"{world.address}/revoke"} | places)
            elif parts.path == "/authorization":
                code = f"code-{len(world.seen)}"
                world.codes[code] = asked
                back = {"code": code, "state": asked["state"], "iss": world.address} | world.answered
                self._send(302, {}, Location=f"{asked['redirect_uri']}?{urlencode(back)}")
            elif parts.path.startswith("/v1/staff/"):
                self._send(403, {"code": "scope_missing", "status": 403})
            else:
                self._send(200, {"items": [], "next_cursor": None})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            world.seen.append((self.path, form))
            if self.path == "/revoke":
                self._send(200, {})
            else:
                self._send(*(world.issue(form) if self.path == "/token" else world.exchange(form)))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    world.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
