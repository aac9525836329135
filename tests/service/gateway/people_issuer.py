"""An OIDC issuer on loopback: discovery, keys, and tokens as people get them when they have signed in."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

APP = "bangfu-app"


@dataclass
class PeopleIssuerForTests:
    """Serves what an issuer serves; `faults` are paths that answer 503."""

    port: int
    keys: list[Any] = field(default_factory=lambda: [RSAKey.generate_key(2048, auto_kid=True)])
    faults: set[str] = field(default_factory=set)
    named: str | None = None
    reads: list[str] = field(default_factory=list)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    token_s: int = 300
    ended: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/realms/county"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                self.reads.append(path)
                if head.startswith(b"POST"):
                    length = re.search(rb"(?i)content-length: (\d+)", head)
                    form = await reader.readexactly(int(length[1]) if length else 0)
                    status, body = self.answer(dict(parse_qsl(form.decode())))
                    writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(body)) + body)
                    await writer.drain()
                    continue
                documents = {
                    "/realms/county/.well-known/openid-configuration": {
                        "issuer": self.named or self.url,
                        "jwks_uri": f"{self.url}/keys",
                        "authorization_endpoint": f"{self.url}/authorize",
                        "token_endpoint": f"{self.url}/token",
                    },
                    "/realms/county/keys": KeySet(self.keys).as_dict(private=False),
                }
                is_well = path in documents and path not in self.faults
                body = json.dumps(documents.get(path, {})).encode()
                writer.write(b"HTTP/1.1 %b\r\n" % (b"200 OK" if is_well else b"503 Service Unavailable"))
                writer.write(b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def signs_in(self, address: str, account: str) -> dict[str, str]:
        """Sign somebody in at the address that the browser was sent to; give what it comes back with."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.url}/authorize?")
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = (account, asked["code_challenge"])
        return {"state": asked["state"], "code": code}

    def answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        """What the token endpoint says to a code with its verifier, or to what renews a sign-in."""
        account = ""
        if form["grant_type"] == "authorization_code":
            account, challenge = self.codes.pop(form["code"], ("", ""))
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                account = ""
        elif form["grant_type"] == "refresh_token":
            account = form["refresh_token"].removeprefix("refresh-")
        if not account or account in self.ended:
            return 400, b'{"error": "invalid_grant"}'
        token = self.token(account, exp=int(time.time()) + self.token_s)
        return 200, json.dumps({"access_token": token, "refresh_token": f"refresh-{account}"}).encode()

    def claims(self, account: str, **overrides: Any) -> dict[str, Any]:
        """What stands in an access token of this issuer; None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": account, "aud": APP, "client_id": APP, "iat": now, "exp": now + 300,
            "jti": f"{account}-{now}", "scope": "openid", "acr": "2",
        } | overrides  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, account: str, *, typ: str | None = "at+jwt", key: Any = None, **overrides: Any) -> str:
        """Give a token as somebody has it who signed in."""
        key = key or self.keys[0]
        header = {"alg": "ES256" if isinstance(key, ECKey) else "RS256", "kid": key.kid}
        return jwt.encode(header | ({"typ": typ} if typ else {}), self.claims(account, **overrides), key)
