"""The issuer as a browser's sign-in needs it: where it begins, and tokens for the code it ends with.

Source: OpenID Connect Core 1.0 3.1, RFC 7636 (PKCE), RFC 6749 4.1 and 6.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog

from gateway.pages import ConsoleClient
from gateway.people.service import IssuerAway, PeopleIssuer
from servicekit.channels import is_plain_http

log = structlog.get_logger(__name__)

_METADATA_TTL_S = 3600.0
_MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class IssuerTokens:
    """What the issuer gave for a code: its access token, and what renews it."""

    access_token: str
    refresh_token: str | None


class Door:
    """Sends people to the issuer, and takes what they come back with."""

    def __init__(self, console: ConsoleClient, declared: PeopleIssuer, here: str, client: httpx.AsyncClient) -> None:
        """Serve the pages under `here`, the gateway's address."""
        self._console = console
        self._declared = declared
        self._redirect = f"{here}/m/signed-in"
        self._client = client
        self._metadata: dict[str, Any] = {}
        self._read_at_s = -1e9

    async def beginning(self, state: str, verifier: str) -> str:
        """Give where the browser goes to sign in.

        Raises:
            IssuerAway
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._console.oidc_client_id,
            "redirect_uri": self._redirect,
            "scope": "openid",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = await self._place("authorization_endpoint")
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, verifier: str) -> IssuerTokens | None:
        """Give the tokens of a code; None where the issuer does not take it.

        Raises:
            IssuerAway
        """
        return await self._ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect,
                "client_id": self._console.oidc_client_id,
                "code_verifier": verifier,
            }
        )

    async def renew(self, refresh_token: str) -> IssuerTokens | None:
        """Give newer tokens; None where the sign-in is over.

        Raises:
            IssuerAway
        """
        return await self._ask(
            {
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "client_id": self._console.oidc_client_id,
            }
        )

    async def _ask(self, form: dict[str, str]) -> IssuerTokens | None:
        place = await self._place("token_endpoint")
        try:
            answer = await self._client.post(place, data=form, headers={"Accept": "application/json"})
            if answer.is_server_error or len(answer.content) > _MAX_ANSWER_BYTES:
                raise IssuerAway("the issuer does not answer as it should", headers={"Retry-After": "2"})
            if not answer.is_success:
                log.warning("console.issuer_refused", status=answer.status_code, grant=form["grant_type"])
                return None
            said = answer.json()
            refresh = said.get("refresh_token")
            return IssuerTokens(str(said["access_token"]), str(refresh) if refresh else form.get("refresh_token"))
        except (httpx.HTTPError, ValueError, KeyError, AttributeError) as error:
            raise IssuerAway("the issuer does not answer as it should", headers={"Retry-After": "2"}) from error

    async def _place(self, name: str) -> str:
        if time.monotonic() - self._read_at_s >= _METADATA_TTL_S:
            try:
                answer = await self._client.get(self._declared.discovery, headers={"Accept": "application/json"})
                answer.raise_for_status()
                said = answer.json()
                if said["issuer"] != self._declared.issuer:
                    raise ValueError("the metadata name another issuer")
                for each in ("authorization_endpoint", "token_endpoint"):
                    if is_plain_http(said[each]) and not is_plain_http(self._declared.discovery):
                        raise ValueError("the sign-in must be over https as the metadata are")
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                raise IssuerAway("the issuer does not answer as it should", headers={"Retry-After": "2"}) from error
            self._metadata, self._read_at_s = said, time.monotonic()
        return str(self._metadata[name])


def new_secret() -> str:
    """Give a fresh value that nobody can guess: of a session, a state, a verifier (43 characters)."""
    return secrets.token_urlsafe(32)
