"""Asks alerts about a duty with the caller's own token (decision 0030): a right is looked up, never copied."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import httpx
import structlog
from fastapi import Depends, Request
from pydantic import ValidationError

from servicekit.auth import Principal
from servicekit.held import HeldDuty
from servicekit.http_client import build_client
from servicekit.problems import Unavailable
from servicekit.settings import AsksAlerts

log = structlog.get_logger(__name__)

Unseen = Literal["unknown", "refused"]


class DutiesSilent(Unavailable):
    """503: nobody can say who has the duty in hand; nothing is shown and nothing done."""

    code = "duties_unavailable"
    title = "暂时无法确认事项归谁办理"
    advice = "请稍后重试;未显示信息,也未保存任何结果。"


class Duties:
    """Asks alerts. One for each process; the callers' tokens come with each question."""

    def __init__(self, settings: AsksAlerts, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Ask at `alerts_url`, or nobody where none is set."""
        self._wait_s = settings.alerts_timeout_s
        self._client = None
        if settings.alerts_url:
            wait_s = self._wait_s
            self._client = build_client(settings.alerts_url, connect_s=wait_s, read_s=wait_s, transport=transport)

    async def of(self, authorization: str, duty_id: str) -> HeldDuty | Unseen:
        """Give a duty as the bearer of `authorization` sees it: unknown within its reach, or it may read none.

        Raises:
            DutiesSilent: alerts does not say.
        """
        if self._client is None:
            raise DutiesSilent("alerts_url is not set")
        try:
            async with asyncio.timeout(self._wait_s):
                answer = await self._client.get(f"/v1/duties/{duty_id}", headers={"Authorization": authorization})
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("duties.unreachable", error=type(error).__name__)
            raise DutiesSilent("alerts does not answer") from error
        if answer.status_code == 404:
            return "unknown"
        if answer.status_code in (401, 403):
            return "refused"
        try:
            return HeldDuty.model_validate_json(answer.content if answer.status_code == 200 else b"")
        except ValidationError as error:
            log.warning("duties.not_given", status=answer.status_code)
            raise DutiesSilent("alerts gave no duty") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


class DutiesOfCaller:
    """Asks for a duty as the caller of a request."""

    def __init__(self, duties: Duties, authorization: str) -> None:
        self._duties = duties
        self._authorization = authorization

    async def of(self, duty_id: str) -> HeldDuty | Unseen:
        """Give a duty as the caller sees it; outside any transaction.

        Raises:
            DutiesSilent
        """
        return await self._duties.of(self._authorization, duty_id)

    async def has_in_hand(self, principal: Principal, duty_id: str) -> bool:
        """Tell whether the caller took the duty in hand, or had it when it was closed; outside any transaction.

        Raises:
            DutiesSilent
        """
        duty = await self.of(duty_id)
        return isinstance(duty, HeldDuty) and duty.holder == principal.actor


async def _for_caller(request: Request) -> DutiesOfCaller:
    # The route's `requires(...)` has verified the token; alerts verifies it again.
    return DutiesOfCaller(request.app.state.duties, request.headers.get("authorization", ""))


Asking = Annotated[DutiesOfCaller, Depends(_for_caller)]
"""Duties of the caller of a route."""
