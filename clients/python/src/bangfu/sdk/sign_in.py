"""Signing in at an OpenID Connect issuer: discovery, authorization code with PKCE (RFC 7636), renewal, revocation.

The application is a public one on the person's machine (RFC 8252): it has no secret at the issuer, the browser comes
back to a loopback address. No password is ever seen here.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import BaseModel, ValidationError, model_validator

from bangfu.sdk.problems import IssuerAway, SignInFailed

_LEEWAY_S = 60.0


def claims_of(token: str) -> dict[str, Any]:
    """Give what a JWT says, unverified: only for one that came from its issuer over a connection that proves who it is.

    Raises:
        SignInFailed: it is no JWT.
    """
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError) as error:
        raise SignInFailed("令牌无法读取 / the token cannot be read") from error
    if not isinstance(claims, dict):
        raise SignInFailed("令牌无法读取 / the token cannot be read")
    return claims


def is_safe(address: str) -> bool:
    """Tell whether nobody on the way can read along: HTTPS, or this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"


class Tokens(BaseModel):
    """What the issuer gave."""

    access_token: str
    refresh_token: str | None = None
    id_token: str | None = None
    expires_in: float = 60.0


class Endpoints(BaseModel):
    """The issuer's discovery document, as far as it is needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None = None

    @model_validator(mode="after")
    def _are_safe(self) -> Self:
        for address in (self.authorization_endpoint, self.token_endpoint, self.revocation_endpoint):
            if address is not None and not is_safe(address):
                raise ValueError(f"{address} is not HTTPS")
        return self


class Issuer:
    """An issuer, seen by one application.

    Args:
        http: Sends the requests.
        issuer: Address of the issuer; HTTPS, except on this machine.
        client_id: The application, as the issuer knows it.
    """

    def __init__(self, http: httpx.AsyncClient, issuer: str, client_id: str) -> None:
        if not is_safe(issuer):
            raise SignInFailed(f"登录地址须为 HTTPS / the issuer's address must be HTTPS: {issuer}")
        self._http = http
        self.issuer = issuer
        self.client_id = client_id
        self._endpoints: Endpoints | None = None

    async def endpoints(self) -> Endpoints:
        """Read the discovery document, once.

        Raises:
            SignInFailed: there is none, or it is another issuer's (OpenID Connect Discovery 4.3).
        """
        if self._endpoints is None:
            address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            answer = await self._send("GET", address)
            try:
                found = Endpoints.model_validate_json(answer.content)
            except ValidationError as error:
                raise SignInFailed(f"不是登录系统的说明文件 / not a discovery document: {address}") from error
            if answer.status_code != 200 or found.issuer != self.issuer:
                raise SignInFailed(f"登录系统自称 / the issuer calls itself {found.issuer}, 而非 / not {self.issuer}")
            self._endpoints = found
        return self._endpoints

    async def renewed(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token.

        Raises:
            SignInFailed: the session is over.
        """
        return await self.tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def revoke(self, refresh_token: str) -> bool:
        """End the session at the issuer (RFC 7009); false where it has no way to."""
        address = (await self.endpoints()).revocation_endpoint
        if address is None:
            return False
        form = {"token": refresh_token, "token_type_hint": "refresh_token", "client_id": self.client_id}
        return (await self._send("POST", address, form)).is_success

    async def tokens(self, form: Mapping[str, str]) -> Tokens:
        """Ask the token endpoint.

        Raises:
            SignInFailed: it refuses.
        """
        endpoint = (await self.endpoints()).token_endpoint
        answer = await self._send("POST", endpoint, {**form, "client_id": self.client_id})
        if not answer.is_success:
            raise SignInFailed(f"登录系统拒绝 / the issuer refused: {_why(answer)}")
        try:
            return Tokens.model_validate_json(answer.content)
        except ValidationError as error:
            raise SignInFailed("登录系统没有给出令牌 / the issuer gave no token") from error

    async def _send(self, method: str, address: str, form: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            return await self._http.request(method, address, data=form)
        except httpx.TransportError as error:
            raise IssuerAway(f"{method} {address}: {error or type(error).__name__}") from error


class CodeFlow:
    """One attempt to sign in: where the browser goes, and what may come back."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._redirect_uri = ""
        self._verifier = secrets.token_urlsafe(48)
        self._nonce = secrets.token_urlsafe(24)
        self.state = secrets.token_urlsafe(24)

    async def address(self, redirect_uri: str) -> str:
        """Where the person signs in, to come back to a loopback address."""
        self._redirect_uri = redirect_uri
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._issuer.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid",
            "state": self.state,
            "nonce": self._nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = (await self._issuer.endpoints()).authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def is_mine(self, answered: Mapping[str, str]) -> bool:
        """Tell whether what came back belongs to this attempt."""
        return secrets.compare_digest(answered.get("state", "").encode(), self.state.encode())

    async def redeem(self, answered: Mapping[str, str]) -> Tokens:
        """Exchange the code that came back for tokens.

        Raises:
            SignInFailed: it belongs to another attempt or issuer, the person was refused, or the ID token is not of
                this attempt.
        """
        if not self.is_mine(answered):
            raise SignInFailed("返回的登录不是本次发起的 / what came back belongs to another attempt (state)")
        if answered.get("iss", self._issuer.issuer) != self._issuer.issuer:  # RFC 9207
            raise SignInFailed("返回的登录来自其他登录系统 / what came back is another issuer's (iss)")
        if "code" not in answered:
            why = answered.get("error_description") or answered.get("error", "no code")
            raise SignInFailed(f"登录未完成 / not signed in: {why}")
        tokens = await self._issuer.tokens(
            {
                "grant_type": "authorization_code",
                "code": answered["code"],
                "redirect_uri": self._redirect_uri,
                "code_verifier": self._verifier,
            }
        )
        self._check(claims_of(tokens.id_token or ""))
        return tokens

    def _check(self, claims: Mapping[str, Any]) -> None:
        """Look at the ID token. It came from the token endpoint itself, over TLS: that stands for its signature.

        Source: OpenID Connect Core 3.1.3.7.
        """
        audience = claims.get("aud")
        expires_at = claims.get("exp")
        faults = {
            "iss": claims.get("iss") != self._issuer.issuer,
            "aud": self._issuer.client_id not in (audience if isinstance(audience, list) else [audience]),
            "azp": claims.get("azp", self._issuer.client_id) != self._issuer.client_id,
            "nonce": claims.get("nonce") != self._nonce,
            "exp": not isinstance(expires_at, int | float) or expires_at + _LEEWAY_S < time.time(),
        }
        wrong = [name for name, is_wrong in faults.items() if is_wrong]
        if wrong:
            raise SignInFailed(f"身份令牌不属于本次登录 / the ID token is not of this attempt: {', '.join(wrong)}")


def _why(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return str(answer.status_code)
    said = body if isinstance(body, dict) else {}
    return str(said.get("error_description") or said.get("error") or answer.status_code)
