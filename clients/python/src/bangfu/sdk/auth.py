"""Tokens of the gateway, one at a time, fetched when needed and renewed before they end.

An application acts for itself (client credentials) or for a person who is signed in (token exchange, RFC 8693).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import httpx

from bangfu.sdk.problems import NoAnswer, problem_of, retry_after_s
from bangfu.sdk.retries import BUSY, Retries

_RENEW_BEFORE_S = 30.0
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a name


class ClientCredentials(httpx.Auth):
    """Authorises requests as one client, with a new token when one is refused.

    Args:
        http: Sends the token requests.
        client_id: Registered client.
        client_secret: Its secret; sent as HTTP Basic (RFC 6749 §2.3.1), never in a URL.
        scope: Scopes to ask for, separated by spaces; None asks for all the client has.
        retries: How long a token is asked for while nothing answers or the gateway is busy.
    """

    def __init__(
        self, http: httpx.AsyncClient, client_id: str, client_secret: str, *, scope: str | None, retries: Retries
    ) -> None:
        self._http = http
        self._client = httpx.BasicAuth(client_id, client_secret)
        self._scope = scope
        self._retries = retries
        self._token: str | None = None
        self._ends_at = 0.0
        self._lock = asyncio.Lock()
        self._subject_token: Callable[[], Awaitable[str]] | None = None
        self._appointment_id: str | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with a token; once more with a fresh one if it is refused (401)."""
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {await self.token(rejected=token)}"
            yield request

    async def token(self, *, rejected: str | None = None) -> str:
        """Return a valid token, fetching one if there is none or `rejected` is the one at hand.

        Raises:
            Unauthorised: if id or secret is wrong.
            NoAnswer: if the gateway cannot be reached.
        """
        async with self._lock:
            stale = self._token is None or self._token == rejected or time.monotonic() > self._ends_at
            if stale:
                await self._fetch()
            assert self._token is not None  # noqa: S101  _fetch sets it or raises
            return self._token

    def act_for(self, subject_token: Callable[[], Awaitable[str]], *, appointment_id: str | None) -> None:
        """Ask for tokens of a person from now on.

        Args:
            subject_token: Gives the person's access token of the issuer, one that is still good.
            appointment_id: Under which term on the roster; needed by whoever has several.
        """
        self._subject_token, self._appointment_id = subject_token, appointment_id
        self._token = None

    async def _grant(self) -> dict[str, str]:
        if self._subject_token is None:
            return {"grant_type": "client_credentials"}
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": await self._subject_token(),
            "subject_token_type": _ACCESS_TOKEN,
        }
        return form | ({"appointment_id": self._appointment_id} if self._appointment_id else {})

    async def _fetch(self) -> None:
        form = await self._grant()
        if self._scope:
            form["scope"] = self._scope
        gives_up_at, attempt = time.monotonic() + self._retries.patience_s, 0
        while True:
            is_last, asked_s = time.monotonic() >= gives_up_at, None
            try:
                response = await self._http.post("/oauth2/token", data=form, auth=self._client)
            except httpx.TransportError as error:
                if is_last:
                    raise NoAnswer(f"POST /oauth2/token: {error or type(error).__name__}") from error
            else:
                if response.status_code not in BUSY or is_last:
                    break
                asked_s = retry_after_s(response)
            await asyncio.sleep(self._retries.pause_s(attempt, asked_s))
            attempt += 1
        if response.status_code != 200:
            raise problem_of(response)
        body = response.json()
        self._token = str(body["access_token"])
        lifetime_s = float(body.get("expires_in", 300))
        self._ends_at = time.monotonic() + max(lifetime_s - _RENEW_BEFORE_S, lifetime_s / 2)
