"""Tools for tests of services: a token issuer, an app served over ASGI with its lifespan. Not used in production."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from servicekit.ids import new_id
from servicekit.settings import Issuer
from servicekit.verifier import TokenVerifier

TEST_ISSUER = "https://issuer.test"
TEST_ISSUERS = [Issuer(issuer=TEST_ISSUER, jwks_url=f"{TEST_ISSUER}/jwks.json", names_people=True)]


class IssuerForTests:
    """Signs access tokens as the gateway does, with a key of its own."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=True)
        self.jwks = KeySet([self.key])

    def token(
        self,
        *,
        scopes: Sequence[str] = (),
        department: str | None = None,
        areas: Sequence[str] = ("990101000000",),
        client_id: str = "test-client",
        expires_in_s: int = 300,
        **overrides: Any,
    ) -> str:
        """Give an RFC 9068 access token; `overrides` replace claims."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": TEST_ISSUER,
            "aud": "bangfu",
            "sub": client_id,
            "client_id": client_id,
            "iat": now,
            "exp": now + expires_in_s,
            "jti": new_id(),
            "scope": " ".join(scopes),
            "areas": list(areas),
            # As the gateway signs where machines may stand in for persons; `person` names one.
            "person_stand_in": True,
        }
        if department:
            claims["dept"] = department
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}
        return jwt.encode(header, claims | overrides, self.key)

    def headers(self, *scopes: str, **options: Any) -> dict[str, str]:
        """Give an Authorization header with a token of these scopes."""
        return {"Authorization": f"Bearer {self.token(scopes=scopes, **options)}"}

    def transport(self) -> httpx.MockTransport:
        """Serve the JWKS as the issuer's web server would."""
        return httpx.MockTransport(lambda _: httpx.Response(200, json=self.jwks.as_dict(private=False)))


@asynccontextmanager
async def serve_app(app: FastAPI, issuer: IssuerForTests) -> AsyncIterator[httpx.AsyncClient]:
    """Run the app's lifespan and give a client to it; the app trusts `issuer`."""
    app.state.verifier = TokenVerifier(TEST_ISSUERS, client=httpx.AsyncClient(transport=issuer.transport()))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield client
