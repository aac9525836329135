"""An OIDC issuer on loopback: discovery, keys, and tokens as people get them when they have signed in."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

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

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/realms/county"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                self.reads.append(path)
                documents = {
                    "/realms/county/.well-known/openid-configuration": {
                        "issuer": self.named or self.url,
                        "jwks_uri": f"{self.url}/keys",
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
