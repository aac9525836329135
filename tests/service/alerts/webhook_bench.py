"""A sender with a movable clock, a receiver, and ways to subscribe and to publish."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, SECRET_KEY, World, event_of, finding, new_household
from pydantic import SecretStr
from webhook_receiver import Receiver, running_receiver

from alerts.subscriptions.consumers import on_clients
from alerts.subscriptions.guard import TargetPolicy
from alerts.subscriptions.sender import Limits, Sender
from alerts.subscriptions.transport import GuardedTransport
from contracts.gateway import ClientChanged
from servicekit.crypto import FieldCipher
from servicekit.settings import key_bytes

_versions = itertools.count(1)

MANAGE = ("subscriptions:manage", "alerts:read")


@dataclass
class FakeClock:
    """Real time plus what the test adds."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Bench:
    """A sender with a movable clock, and ways to subscribe and to publish."""

    world: World
    client: httpx.AsyncClient
    headers: Any
    clock: FakeClock
    make_sender: Callable[..., Sender]
    sender: Sender

    async def grant(self, client_id: str = "town-101", **changes: Any) -> None:
        """Tell what a client may do, as the gateway does."""
        values = {"version": next(_versions), "is_active": True, "scopes": list(MANAGE), "areas": [COUNTY]} | changes
        async with self.world.database.transaction() as session:
            await on_clients(session, [event_of(ClientChanged(client_id=client_id, **values))])

    async def subscribe(self, url: str, **changes: Any) -> dict[str, Any]:
        """Create a webhook subscription of a client that may have what it asks for."""
        await self.grant()
        body = {"name": "health", "channel": "webhook", "url": url} | changes
        response = await self.client.post("/v1/subscriptions", json=body, headers=self.headers(*MANAGE))
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    async def publish(self, household: str | None = None, **changes: Any) -> str:
        """Publish an alert by folding a finding; give the household."""
        household = household or new_household()
        await self.world.fold(finding(household, **changes))
        return household

    async def deliveries(self, subscription: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the subscription's deliveries, oldest first."""
        response = await self.client.get(
            f"/v1/subscriptions/{subscription['id']}/deliveries", headers=self.headers(*MANAGE)
        )
        items: list[dict[str, Any]] = response.json()["items"]
        return items[::-1]

    async def subscription(self, subscription: dict[str, Any]) -> dict[str, Any]:
        """Give the subscription as it stands."""
        response = await self.client.get(f"/v1/subscriptions/{subscription['id']}", headers=self.headers(*MANAGE))
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture
async def bench(world: World, client: httpx.AsyncClient, headers: Any) -> AsyncIterator[Bench]:
    """Everything; what earlier tests subscribed is gone."""
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("UPDATE subscription SET state = 'deleted'"))
        await session.execute(text("UPDATE webhook_delivery SET state = 'disabled' WHERE state = 'pending'"))
    clock = FakeClock()
    opened: list[Sender] = []

    def make_sender(**options: Any) -> Sender:
        policy = options.pop("policy", TargetPolicy([], is_embedded=True))
        wakeup = options.pop("wakeup", None)
        resolver = {"resolver": options.pop("resolver")} if "resolver" in options else {}
        sender = Sender(
            world.database,
            FieldCipher(key_bytes(SecretStr(SECRET_KEY))),
            GuardedTransport(policy, **resolver),
            clock=clock,
            jitter=lambda: 0.0,
            limits=Limits(**({"timeout_s": 1.0} | options)),
            wakeup=wakeup,
        )
        opened.append(sender)
        return sender

    yield Bench(world, client, headers, clock, make_sender, make_sender())
    for sender in opened:
        await sender.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A subscriber's server."""
    async with running_receiver() as running:
        yield running


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[None]:
    """Run a sender's loop."""
    stop = asyncio.Event()
    task = asyncio.create_task(sender.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
