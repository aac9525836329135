"""A little steady traffic through the gateway, and what it proves: acknowledged means stored, once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx
import psycopg

from servicekit.ids import new_id

if TYPE_CHECKING:
    from faults.arena import Arena

PERIOD = "2026-10"
DATASET = "DS-EDU-ROLL"
_PACE_S = 0.03
_TIMEOUT_S = 15.0


class Traffic:
    """Opens deliveries, each until it is acknowledged, repeating with the same Idempotency-Key.

    Attributes:
        answers: How often each status came; 0 for a broken connection or no answer in time.
        refusals: Bodies of answers of 500 and above, as sent.
        acknowledged: Delivery ids, in the order of their acknowledgement.
        slowest_s: Longest time of one request.
    """

    def __init__(self, arena: Arena, *, clients: int = 2) -> None:
        """Send with `clients` clients at a time."""
        self._arena = arena
        self._clients = clients
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.answers: Counter[int] = Counter()
        self.refusals: list[httpx.Response] = []
        self.acknowledged: list[str] = []
        self.slowest_s = 0.0

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._run()) for _ in range(self._clients)]
        await self.progress(4)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if kind is not None:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=kind is not None)

    async def progress(self, more: int = 4, *, within_s: float = 60.0) -> float:
        """Wait until `more` deliveries were acknowledged; give the time it took.

        Raises:
            TimeoutError: they were not.
        """
        began, wanted = time.monotonic(), len(self.acknowledged) + more
        async with asyncio.timeout(within_s):
            while len(self.acknowledged) < wanted:  # noqa: ASYNC110  counts to a number, an event has none
                await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def answered(self, status: int, *, within_s: float = 60.0) -> None:
        """Wait until an answer has had this status.

        Raises:
            TimeoutError: none had.
        """
        async with asyncio.timeout(within_s):
            while not self.answers[status]:  # noqa: ASYNC110  counts to a number, an event has none
                await asyncio.sleep(0.02)

    async def _run(self) -> None:
        async with httpx.AsyncClient(
            base_url=self._arena.system.gateway_url, timeout=_TIMEOUT_S, trust_env=False
        ) as http:
            token = await token_of(self._arena, "edu")
            while not self._stop.is_set():
                await self._open(http, token, new_id())
                await asyncio.sleep(_PACE_S)

    async def _open(self, http: httpx.AsyncClient, token: str, key: str) -> None:
        """One delivery, until it is acknowledged."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        while True:
            began = time.monotonic()
            try:
                answer = await http.post("/v1/deliveries", json={"dataset": DATASET, "period": PERIOD}, headers=headers)
            except httpx.TransportError:
                self.answers[0] += 1
            else:
                self.answers[answer.status_code] += 1
                if answer.status_code == 201:
                    self.acknowledged.append(str(answer.json()["id"]))
                    return
                if answer.status_code < 500:
                    raise AssertionError(f"{answer.status_code} {answer.text}")
                self.refusals.append(answer)
            finally:
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            await asyncio.sleep(0.1)

    # --- what it proves -----------------------------------------------------------------------------------------

    async def check(self) -> None:
        """Every acknowledged delivery is stored, each once; every refusal said what it was and when to come back.

        Raises:
            AssertionError: P1 does not hold, or an answer was no problem document.
        """
        assert len(self.acknowledged) == len(set(self.acknowledged)), "one key gave two acknowledgements"
        async with await psycopg.AsyncConnection.connect(self._arena.database_url("sharing")) as connection:
            cursor = await connection.execute("SELECT count(*) FROM delivery WHERE id = ANY(%s)", (self.acknowledged,))
            row = await cursor.fetchone()
        stored = int(row[0]) if row else 0
        assert stored == len(self.acknowledged), f"{len(self.acknowledged) - stored} acknowledged deliveries are lost"
        for answer in self.refusals:
            assert answer.status_code in (502, 503, 504, 507), f"{answer.status_code} {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            assert answer.json()["code"], answer.text
            assert answer.status_code != 503 or int(answer.headers["retry-after"]) >= 1, dict(answer.headers)


async def token_of(arena: Arena, client_id: str) -> str:
    """An access token, asked for until there is one."""
    login = (client_id, arena.system.secrets.clients[client_id])
    async with httpx.AsyncClient(base_url=arena.system.gateway_url, timeout=_TIMEOUT_S, trust_env=False) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await http.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=login)
                if answer.status_code == 200:
                    return str(answer.json()["access_token"])
            await asyncio.sleep(0.1)
