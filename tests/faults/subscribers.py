"""The four ways to receive alerts, each as persistent as a real subscriber: what fails is tried again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from bangfu_local.demo.channels import (
    CursorReader,
    EmbeddedBusReader,
    Inbox,
    KafkaReader,
    Listener,
    SseListener,
    WebhookReceiver,
    differences,
    published_alerts,
)
from bangfu_local.embedded.clients import SUBSCRIBER
from faults.nemesis.proxy import TcpProxy

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from faults.arena import Arena

_AGAIN_S = 0.3


class _Persistent(Listener):
    """Begins again after any failure; what comes twice is dropped by its id."""

    failures = 0

    def _begin(self) -> None:
        """Find out where to connect."""

    async def _read(self) -> None:
        while True:
            self._begin()
            try:
                await super()._read()
            except Exception:  # whatever broke it: a subscriber comes back
                self.failures += 1
            await asyncio.sleep(_AGAIN_S)


class _Sse(_Persistent, SseListener):
    pass


class _Cursor(_Persistent, CursorReader):
    pass


class _Bus(_Persistent, EmbeddedBusReader):
    def __init__(self, arena: Arena) -> None:
        super().__init__(arena.system.bus_database_url)
        self._arena = arena

    def _begin(self) -> None:
        self._bus_url = self._arena.system.bus_database_url  # it moves in a failover


class _Kafka(_Persistent, KafkaReader):
    pass


class Subscribers:
    """Subscribed before anything can be alerted; `differences` says who missed what."""

    def __init__(self, arena: Arena, bangfu: Bangfu) -> None:
        """Use `bangfu`, the subscriber's client, which the caller closes last."""
        self._arena = arena
        self._bangfu = bangfu
        self._webhook = WebhookReceiver()
        bus = _Kafka(arena.broker.address) if arena.broker else _Bus(arena)
        self._listeners: list[Listener] = [_Cursor(bangfu), _Sse(bangfu), bus]

    @classmethod
    async def open(cls, arena: Arena) -> Subscribers:
        """Subscribe and listen."""
        self = cls(arena, arena.client(SUBSCRIBER))
        await self._webhook.start()
        url = self._webhook.url
        if "webhook" in arena.wanted_links:
            link = arena.links["webhook"] = TcpProxy("127.0.0.1", int(url.rsplit(":", 1)[1].partition("/")[0]))
            await link.start()
            url = f"http://127.0.0.1:{link.port}/alerts"
        made = await self._bangfu.subscriptions.create("faults", "webhook", url=url)
        self._webhook.secret = made.secret or ""
        for listener in self._listeners:
            listener.start()
        return self

    @property
    def inboxes(self) -> list[Inbox]:
        """What each received."""
        return [*(listener.inbox for listener in self._listeners), self._webhook.inbox]

    async def differences(self, *, within_s: float) -> list[str]:
        """Say who did not get every published alert once, in order within a household; wait for the late.

        Raises:
            AssertionError: nothing was published at all.
        """
        published = await published_alerts(self._arena.database_url("alerts"))
        assert published, "no alert was published: the run shows nothing"
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + within_s
        while True:
            found = [text for inbox in self.inboxes for text in differences(published, inbox, published[-1].position)]
            if not found or loop.time() > ends_at:
                return found
            await asyncio.sleep(0.2)

    async def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            with contextlib.suppress(Exception):
                await listener.stop()
        await self._webhook.stop()
        await self._bangfu.close()
