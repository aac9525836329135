"""The one place that talks HTTP: tokens, retries, idempotency keys, problems."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from bangfu.sdk.auth import ClientCredentials
from bangfu.sdk.problems import NoAnswer, ServerProblem, problem_of, retry_after_s
from bangfu.sdk.retries import BUSY, Retries

ModelT = TypeVar("ModelT", bound=BaseModel)
Params = Mapping[str, Any]
Body = bytes | Callable[[], AsyncIterator[bytes]]

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
        credentials: ClientCredentials | None,
        *,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self.retries = retries or Retries()
        self.credentials = credentials
        self.http = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            timeout=timeout,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=20.0),
            headers={"user-agent": "bangfu-python/0.1"},
        )

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
        content: Body | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        timeout: httpx.Timeout | None = None,  # noqa: ASYNC109  httpx keeps time, per phase and not in all
    ) -> httpx.Response:
        """Send a request and return the successful response, its body read.

        Args:
            timeout: Other than the client's.
            content: Bytes, or a function that starts the stream anew for each attempt.
            idempotency_key: For a POST; a fresh one is made when None.

        Raises:
            BangfuProblem: the API refused.
            NoAnswer: no answer came as long as patience lasted.
        """
        sent = dict(headers or {})
        if method == "POST":
            sent["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        attempt = 0
        gives_up_at = time.monotonic() + self.retries.patience_s
        rejected: str | None = None
        while True:
            is_last = time.monotonic() >= gives_up_at
            if self.credentials is not None:
                token = await self.credentials.token(self.http, rejected=rejected)
                sent["Authorization"] = f"Bearer {token}"
            try:
                response = await self.http.request(
                    method,
                    path,
                    params={name: value for name, value in (params or {}).items() if value is not None},
                    json=json,
                    content=content() if callable(content) else content,
                    headers=sent,
                    timeout=timeout or httpx.USE_CLIENT_DEFAULT,
                )
            except httpx.TransportError as error:
                may_repeat = method != "PATCH" or isinstance(error, httpx.ConnectError)
                if is_last or not may_repeat:
                    raise NoAnswer(f"{method} {path}: {error or type(error).__name__}") from error
                await asyncio.sleep(self.retries.pause_s(attempt, None))
            else:
                if response.status_code == 401 and self.credentials is not None and rejected is None:
                    rejected = token
                    continue
                if response.status_code in BUSY and not is_last and method != "PATCH":
                    await asyncio.sleep(self.retries.pause_s(attempt, retry_after_s(response)))
                elif response.is_success:
                    return response
                else:
                    raise problem_of(response)
            attempt += 1

    async def get(self, path: str, model: type[ModelT], **params: Any) -> ModelT:
        """GET and parse."""
        response = await self.request("GET", path, params=params)
        return model.model_validate_json(response.content)

    async def post(self, path: str, body: Any, model: type[ModelT], *, key: str | None = None) -> ModelT:
        """POST JSON with an idempotency key and parse."""
        response = await self.request("POST", path, json=body, idempotency_key=key)
        return model.model_validate_json(response.content)

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

    @asynccontextmanager
    async def open_stream(
        self, path: str, *, params: Params | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """GET a response whose body the caller reads as it arrives; not repeated by itself.

        Raises:
            BangfuProblem: the API refused.
            NoAnswer: the connection failed.
        """
        sent = dict(headers or {})
        rejected: str | None = None
        for _ in range(2):
            if self.credentials is not None:
                token = await self.credentials.token(self.http, rejected=rejected)
                sent["Authorization"] = f"Bearer {token}"
                rejected = token
            try:
                async with self.http.stream(
                    "GET",
                    path,
                    params={name: value for name, value in (params or {}).items() if value is not None},
                    headers=sent,
                ) as response:
                    if response.status_code == 401 and self.credentials is not None:
                        await response.aread()
                        continue
                    if not response.is_success:
                        await response.aread()
                        raise problem_of(response)
                    yield response
                    return
            except httpx.TransportError as error:
                raise NoAnswer(f"GET {path}: {error or type(error).__name__}") from error
        raise problem_of(response)

    async def is_ready(self, path: str = "/readyz") -> bool:
        """Tell whether a readiness address answers 200; never raises for an unreachable one."""
        try:
            response = await self.http.get(path, timeout=3.0)
        except httpx.TransportError:
            return False
        return response.status_code == 200


__all__ = ["Body", "Connection", "Retries", "ServerProblem"]
