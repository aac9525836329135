"""How a list of a service that knows no names gets them: one call to the registry a page, with the caller's own token.

The registry decides what the caller may see, as if it had been asked by hand (decision 0022). What it gives is put on
the answer and kept nowhere: not in a cache, where the next caller might find it. A registry that is silent, or
refuses, costs a list its names and nothing else.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from typing import Annotated

import httpx
import structlog
from fastapi import Depends, Request
from pydantic import ValidationError

from servicekit.http_client import build_client
from servicekit.settings import AsksRegistry
from servicekit.titles import UUID_FORM, About, Titles, TitlesIn, TitlesOut, TitlesState

log = structlog.get_logger(__name__)

PATH = "/v1/households/titles"
_RETRY_S = 2.0
_UUID = re.compile(UUID_FORM)


class RegistryTitles:
    """Asks the registry for titles. One for each process; the callers' tokens come with each question."""

    def __init__(self, settings: AsksRegistry, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Ask at `registry_url`, or nobody where none is set."""
        self._wait_s = settings.registry_timeout_s
        self._retry_at_s = 0.0
        self._client = None
        if settings.registry_url:
            wait_s = self._wait_s
            self._client = build_client(settings.registry_url, connect_s=wait_s, read_s=wait_s, transport=transport)

    async def ask(self, authorization: str, wanted: TitlesIn) -> Titles:
        """Give the titles that the bearer of `authorization` may see; without any where none can be had."""
        if not wanted.household_ids and not wanted.area_codes:
            return Titles(TitlesState.SHOWN)
        # Whoever comes while the registry is silent does not wait for it again.
        if self._client is None or time.monotonic() < self._retry_at_s:
            return Titles(TitlesState.UNAVAILABLE)
        try:
            async with asyncio.timeout(self._wait_s):
                answer = await self._client.post(
                    PATH,
                    content=wanted.model_dump_json(),
                    headers={"Authorization": authorization, "Content-Type": "application/json"},
                )
        except (httpx.HTTPError, TimeoutError) as error:
            self._retry_at_s = time.monotonic() + _RETRY_S
            log.warning("titles.unreachable", error=type(error).__name__)
            return Titles(TitlesState.UNAVAILABLE)
        if answer.status_code in (401, 403):
            return Titles(TitlesState.REFUSED)
        try:
            found = TitlesOut.model_validate_json(answer.content if answer.status_code == 200 else b"")
        except ValidationError:  # never said: it would hold names
            log.warning("titles.not_given", status=answer.status_code)
            return Titles(TitlesState.UNAVAILABLE)
        return Titles(TitlesState.SHOWN, found)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


class TitlesForCaller:
    """Asks for titles as the caller of a request."""

    def __init__(self, registry: RegistryTitles, authorization: str) -> None:
        self._registry = registry
        self._authorization = authorization

    async def of(self, rows: Sequence[About]) -> Titles:
        """Give the titles of the rows of a page, at most `titles.MOST`; outside any transaction."""
        return await self._registry.ask(
            self._authorization,
            TitlesIn.model_construct(  # the registry checks it: what it refuses costs names, not the list
                # An id of another form would have the whole page refused.
                household_ids=_distinct(id_ for row in rows if (id_ := row.household_id) and _UUID.match(id_)),
                area_codes=_distinct(row.area_code for row in rows),
            ),
        )


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


async def _for_caller(request: Request) -> TitlesForCaller:
    # The route's `requires(...)` has verified the token; the registry verifies it again.
    return TitlesForCaller(request.app.state.registry_titles, request.headers.get("authorization", ""))


Titling = Annotated[TitlesForCaller, Depends(_for_caller)]
"""Titles for the rows of a route, as its caller may see them."""
