"""The one place that talks HTTP: tokens, retries, idempotency keys, problems."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from bangfu.sdk.auth import ClientCredentials
from bangfu.sdk.models import Changes
from bangfu.sdk.problems import NoAnswer, problem_of, retry_after_s
from bangfu.sdk.retries import BUSY, Retries

ModelT = TypeVar("ModelT", bound=BaseModel)
ChangesT = TypeVar("ChangesT", bound=Changes)
Params = Mapping[str, Any]

_UNCHANGED = 304

TIMEOUT = httpx.Timeout(connect=5.0, read=300.0, write=120.0, pool=30.0)
"""Reading waits as long as the gateway waits for a service."""
PATIENT = httpx.Timeout(connect=5.0, read=3600.0, write=300.0, pool=30.0)
"""For calls whose answer comes when a whole file is in the database."""


class Connection:
    """Sends requests of one client to one gateway.

    A request is repeated when nothing came back or the server was busy, and only if repeating is safe:
    GET, PUT and DELETE are, a POST carries an `Idempotency-Key` that stays the same in every attempt,
    a PATCH is repeated only when the connection was refused.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str | None = None,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self.retries = retries or Retries()
        self.http = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            timeout=timeout,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=20.0),
            headers={"user-agent": "bangfu-python/0.1"},
        )
        self.credentials = ClientCredentials(self.http, client_id, client_secret, scope=scope, retries=self.retries)
        self.http.auth = self.credentials

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: httpx.Timeout | None = None,  # noqa: ASYNC109  httpx keeps time, per phase and not in all
    ) -> httpx.Response:
        """Send a request and return the successful response, its body read.

        Args:
            timeout: Other than the client's.
            headers: A POST without `Idempotency-Key` gets a fresh one.

        Raises:
            BangfuProblem: the API refused.
            NoAnswer: no answer came as long as patience lasted.
        """
        sent = dict(headers or {})
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        attempt = 0
        gives_up_at = time.monotonic() + self.retries.patience_s
        while True:
            is_last = time.monotonic() >= gives_up_at
            try:
                response = await self.http.request(
                    method,
                    path,
                    params=_given(params),
                    json=json,
                    content=content,
                    headers=sent,
                    timeout=timeout or httpx.USE_CLIENT_DEFAULT,
                )
            except httpx.TransportError as error:
                may_repeat = method != "PATCH" or isinstance(error, httpx.ConnectError)
                if is_last or not may_repeat:
                    raise NoAnswer(f"{method} {path}: {error or type(error).__name__}") from error
                await asyncio.sleep(self.retries.pause_s(attempt, None))
            else:
                if response.status_code in BUSY and not is_last and method != "PATCH":
                    await asyncio.sleep(self.retries.pause_s(attempt, retry_after_s(response)))
                elif response.is_success or response.status_code == _UNCHANGED:
                    return response
                else:
                    raise problem_of(response)
            attempt += 1

    # Any: what `request` takes.
    async def call(self, method: str, path: str, model: type[ModelT], **request: Any) -> ModelT:
        """Send a request and parse the answer."""
        response = await self.request(method, path, **request)
        return model.model_validate_json(response.content)

    async def get(self, path: str, model: type[ModelT], **params: Any) -> ModelT:
        """GET and parse."""
        return await self.call("GET", path, model, params=params)

    async def post(self, path: str, body: Any, model: type[ModelT], *, key: str | None = None) -> ModelT:
        """POST JSON with an idempotency key and parse."""
        return await self.call("POST", path, model, json=body, headers={"Idempotency-Key": key} if key else None)

    async def versioned(
        self, method: str, path: str, model: type[ModelT], body: Any = None, *, etag: str | None = None
    ) -> tuple[ModelT, str]:
        """Read or change what has versions; give it with the ETag that a later change must name.

        Args:
            etag: The version that the change is based on.
        """
        response = await self.request(method, path, json=body, headers={"If-Match": etag} if etag else None)
        return model.model_validate_json(response.content), response.headers.get("etag", "")

    async def newer(self, path: str, model: type[ModelT], etag: str) -> tuple[ModelT, str] | None:
        """Read what has changed since it had `etag`, with its new one; None where the copy is good."""
        response = await self.request("GET", path, headers={"If-None-Match": etag})
        if response.status_code == _UNCHANGED:
            return None
        return model.model_validate_json(response.content), response.headers.get("etag", "")

    async def items(self, path: str, model: type[ModelT], **params: Any) -> AsyncIterator[ModelT]:
        """Yield every item of a list, page by page over its cursor."""
        cursor: str | None = None
        while True:
            response = await self.request("GET", path, params={**params, "cursor": cursor})
            page = response.json()
            for item in page["items"]:
                yield model.model_validate(item)
            cursor = page.get("next_cursor")
            if not cursor:
                return

    async def changes(
        self, path: str, model: type[ChangesT], since: str | None, **params: Any
    ) -> AsyncIterator[ChangesT]:
        """Yield pages of changes after a token, until nothing more has changed."""
        is_more = True
        while is_more:
            page = await self.get(path, model, changed_since=since, **params)
            yield page
            since, is_more = page.changed_since, page.is_more

    @asynccontextmanager
    async def open_stream(
        self, path: str, *, params: Params | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """GET a response whose body the caller reads as it arrives; not repeated by itself.

        Raises:
            BangfuProblem: the API refused.
            NoAnswer: the connection failed.
        """
        try:
            async with self.http.stream("GET", path, params=_given(params), headers=headers) as response:
                if not response.is_success:
                    await response.aread()
                    raise problem_of(response)
                yield response
        except httpx.TransportError as error:
            raise NoAnswer(f"GET {path}: {error or type(error).__name__}") from error


class Resource:
    """Base of the calls to one part of the API."""

    def __init__(self, connection: Connection) -> None:
        self._http = connection


def _given(params: Params | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}
