"""The webhook sender: claims, posts and records.

A turn is one short transaction that records what finished and claims what is due; requests run outside any
transaction. A crash after a POST and before its record sends the event again, with the same webhook-id.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from prometheus_client import Counter, Histogram

from alerts.access.service import Rights
from alerts.subscriptions import queue, rules, service
from alerts.subscriptions.posting import Poster
from alerts.subscriptions.queue import Claim, EndpointNews, Result
from alerts.subscriptions.rules import DeliveryState
from alerts.subscriptions.transport import GuardedTransport
from servicekit import outward
from servicekit.crypto import FieldCipher
from servicekit.db import Database, is_transient
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.notifications import Wakeup

log = structlog.get_logger(__name__)

_BACKLOG = 4  # deliveries held for an endpoint for each request under way: the next ones are there when it answers
_COALESCE_S = 0.01
_LONGEST_NAP_S = 5.0  # a lost notification or another sender's lost lease is noticed within it
_DRAIN_S = 15.0

attempts_total = Counter("bangfu_webhook_attempts_total", "Webhook attempts", ["outcome"])
ended_total = Counter("bangfu_webhook_deliveries_total", "Webhook deliveries that ended", ["state"])
for _state in (DeliveryState.DELIVERED, DeliveryState.EXHAUSTED, DeliveryState.DISABLED):
    ended_total.labels(_state.value)  # from the start: an increase is only seen between two values
attempt_seconds = Histogram("bangfu_webhook_attempt_seconds", "Duration of webhook attempts")


Stopping = asyncio.Task[Literal[True]]


@dataclass(frozen=True)
class Limits:
    """How much a sender does at a time.

    Attributes:
        concurrency: Requests under way at a time to one endpoint.
        total_concurrency: Deliveries held at a time in all.
        timeout_s: Longest time of an attempt, to the status line.
    """

    concurrency: int = 8
    total_concurrency: int = 256
    timeout_s: float = 15.0


class Sender:
    """Sends webhook deliveries. Any number of processes may run one."""

    def __init__(
        self,
        database: Database,
        cipher: FieldCipher,
        transport: GuardedTransport,
        *,
        limits: Limits | None = None,
        wakeup: Wakeup | None = None,
        clock: Callable[[], datetime] = service.wall_clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Send from `database`; `clock` is real time, tests move it."""
        limits = limits or Limits()
        self._database = database
        self._rights = Rights(database)
        self._poster = Poster(
            cipher, transport, timeout_s=limits.timeout_s, pool_size=limits.total_concurrency, clock=clock
        )
        self._concurrency = limits.concurrency
        self._total = limits.total_concurrency
        # All rounds of an endpoint's backlog, and two more for the records to be written.
        self._lease = timedelta(seconds=(_BACKLOG + 3) * limits.timeout_s)
        self._wakeup = wakeup
        self._clock = clock
        self._jitter = jitter
        self._held: Tally[str] = Tally()
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._news: dict[str, EndpointNews] = {}
        self._finished = asyncio.Event()
        self._next_due_at: datetime | None = None
        self._draining = False

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, then let requests under way finish and give back what was only claimed."""
        stopping = asyncio.ensure_future(stop.wait())
        failures = 0
        try:
            while not stop.is_set():
                ticket = self._wakeup.ticket() if self._wakeup else asyncio.Event()
                try:
                    await self.turn()
                    nap_s = self._nap_s()
                    failures = 0
                except Exception as error:
                    failures += 1
                    nap_s = min(5.0, 0.2 * 2**failures)
                    log.warning(
                        "sender.interrupted",
                        error=type(error).__name__,
                        transient=is_transient(error),
                        retry_in_s=nap_s,
                    )
                await self._until_something(stopping, ticket, nap_s)
        finally:
            stopping.cancel()
            await self._drain()
            await self._poster.close()

    async def turn(self) -> int:
        """Record what finished, claim what is due and start sending it; give how many were claimed."""
        results, self._results = self._results, []
        news, self._news = self._news, {}
        self._finished.clear()
        now = self._clock()
        claims: Sequence[Claim] = ()
        try:
            async with self._database.transaction() as session:
                # Endpoints first: everybody else locks a subscription before its deliveries.
                disabled = await queue.record_endpoints(session, news, now) if news else []
                if results:
                    await queue.record(session, results)
                room = self._total - self._held.total()
                if room > 0 and not self._draining and await outward.held_since(session) is None:
                    claims = await queue.claim(
                        session,
                        now=now,
                        lease_id=new_id(),
                        leased_until=now + self._lease,
                        busy=self._held,
                        per_endpoint=self._concurrency * _BACKLOG,
                        total=room,
                    )
                self._next_due_at = await queue.next_due_at(session, now)
        except BaseException:
            self._results = results + self._results  # nothing was written: the next turn tries again
            for key, item in news.items():
                _merge(self._news.setdefault(key, EndpointNews()), item)
            raise
        if claims:
            await failpoint_async("webhook.claimed")
        if results:
            await failpoint_async("webhook.recorded")
        for subscription_id in disabled:
            log.warning("subscription.disabled", subscription_id=subscription_id)
        for claim in claims:
            self._held[claim.subscription_id] += 1
            task = asyncio.create_task(self._deliver(claim))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(claims)

    async def settle(self) -> None:
        """Take turns until nothing is due and nothing is under way. For tests and one-off runs."""
        while True:
            claimed = await self.turn()
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not claimed and not self._results:
                return

    async def close(self) -> None:
        """Finish what is under way and close the client."""
        await self._drain()
        await self._poster.close()

    async def _deliver(self, claim: Claim) -> None:
        gate = self._gates.setdefault(claim.subscription_id, asyncio.Semaphore(self._concurrency))
        async with gate:
            # A claim waits for its turn; what its client lost meanwhile is not sent, and the claim is given back.
            if self._draining or not await self._may_have(claim):
                self._results.append(Result(claim.id, claim.lease_id, None, None, None))
            else:
                await self._attempt(claim)
        self._held[claim.subscription_id] -= 1
        if self._held[claim.subscription_id] <= 0:
            del self._held[claim.subscription_id]
            self._gates.pop(claim.subscription_id, None)
        self._finished.set()

    async def _may_have(self, claim: Claim) -> bool:
        with contextlib.suppress(Exception):  # the database is away: nobody knows
            right = await self._rights.of(claim.client_id)
            return right is not None and right.may_read and right.covers_code(claim.area_code)
        return False

    async def _attempt(self, claim: Claim) -> None:
        posted = await self._poster.post(claim.letter())
        await failpoint_async("webhook.posted")
        answer = posted.answer
        decision = rules.decide(answer, attempt=claim.attempts + 1, now=self._clock(), jitter=self._jitter())
        self._results.append(
            Result(
                id=claim.id,
                lease_id=claim.lease_id,
                state=decision.state,
                next_attempt_at=decision.next_attempt_at,
                attempt=posted.attempt(claim.item.event_type, claim.item.position),
            )
        )
        is_success = decision.state is DeliveryState.DELIVERED
        _merge(
            self._news.setdefault(claim.subscription_id, EndpointNews()),
            EndpointNews(
                failures=0 if is_success else 1,
                successes=1 if is_success else 0,
                pause_until=decision.pause_until,
                is_gone=decision.disable,
            ),
        )
        attempts_total.labels("delivered" if is_success else (answer.error or f"status_{answer.status}")).inc()
        attempt_seconds.observe(posted.duration_s)
        if decision.state is not DeliveryState.PENDING:
            ended_total.labels(decision.state.value).inc()
        log.info(
            "delivery.attempted",
            subscription_id=claim.subscription_id,
            event_id=claim.item.event_id,
            position=claim.item.position,
            attempt=claim.attempts + 1,
            status=answer.status,
            error=answer.error,
            outcome=decision.state.value,
            duration_ms=posted.duration_ms,
        )

    def _nap_s(self) -> float:
        if self._next_due_at is None:
            return _LONGEST_NAP_S
        return min(max((self._next_due_at - self._clock()).total_seconds(), 0.01), _LONGEST_NAP_S)

    async def _until_something(self, stopping: Stopping, ticket: asyncio.Event, nap_s: float) -> None:
        """Wait for an attempt to finish, for new deliveries, for the time of a retry, or for the end."""
        waiters = [asyncio.ensure_future(self._finished.wait()), asyncio.ensure_future(ticket.wait())]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(nap_s):
                await asyncio.wait({*waiters, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for waiter in waiters:
            waiter.cancel()
        if self._finished.is_set() and not stopping.done():
            await asyncio.sleep(_COALESCE_S)  # answers come in crowds: one transaction for all of them

    async def _drain(self) -> None:
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_DRAIN_S)
        for task in self._tasks:
            task.cancel()
        if self._results or self._news:
            with contextlib.suppress(Exception):  # else the leases run out and the events go again
                await self.turn()


def _merge(into: EndpointNews, item: EndpointNews) -> None:
    into.failures += item.failures
    into.successes += item.successes
    into.is_gone = into.is_gone or item.is_gone
    if item.pause_until is not None:
        into.pause_until = max(into.pause_until or item.pause_until, item.pause_until)
