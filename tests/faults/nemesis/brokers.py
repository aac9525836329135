"""Faults of the Kafka broker: killed, frozen, emptied."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from contracts import topics
from faults.nemesis import Bus, Nemesis, users_of
from faults.nemesis.messages import plant_poison
from servicekit import replay
from servicekit.db import Database

if TYPE_CHECKING:
    from faults.arena import Arena
    from faults.broker import KafkaBroker


class _OnBroker(Nemesis):
    rows: tuple[int, ...] = (7,)
    buses: tuple[Bus, ...] = ("kafka",)

    def broker(self, arena: Arena) -> KafkaBroker:
        """The run's broker."""
        assert arena.broker is not None
        return arena.broker

    async def heal(self, arena: Arena) -> None:
        """Start it if it is down, let it go on if it is frozen."""
        broker = self.broker(arena)
        if broker.is_running:
            broker.resume()
        else:
            await broker.start()


class BrokerKill(_OnBroker):
    """SIGKILL: what it had acknowledged is on its disk; what it had not is still in the outboxes."""

    name = "broker-kill"

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Kill it, leave it down for a moment, start it again on its data."""
        broker = self.broker(arena)
        with arena.outage(self.name, users_of("bus")):
            broker.kill()
            await asyncio.sleep(self.lasting_s(rng))
        # Outside: it answers the services a moment before `start` has seen it.
        await broker.start()


class BrokerPause(_OnBroker):
    """SIGSTOP: connections stay, nothing is answered."""

    name = "broker-pause"
    rows = (7, 19)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Freeze it for some seconds."""
        broker = self.broker(arena)
        with arena.outage(self.name, users_of("bus")):
            broker.pause()
            await asyncio.sleep(self.lasting_s(rng))
            broker.resume()


class BrokerLoss(_OnBroker):
    """The broker comes back empty: no topics, no offsets. The outboxes have kept everything: replay."""

    name = "broker-loss"

    def __init__(self) -> None:
        self._must_replay = False

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Kill it, delete its data, start it at the same address, replay every topic from its owner's outbox."""
        broker = self.broker(arena)
        self._must_replay = True
        with arena.outage(self.name, users_of("bus")):
            broker.kill()
            await asyncio.sleep(self.lasting_s(rng))
            await asyncio.to_thread(broker.wipe)
        await broker.start()
        await self._replay(arena)

    async def heal(self, arena: Arena) -> None:
        """Start it, and replay what was not replayed."""
        await super().heal(arena)
        await self._replay(arena)

    async def _replay(self, arena: Arena) -> None:
        if self._must_replay:
            for topic in topics.ALL:
                database = Database(arena.database_url(topic.owner), service=topic.owner)
                async with database.transaction() as session:
                    await replay.mark(session, topic.name)
                await database.dispose()
            # Its dead letter went with the broker, and no outbox has it.
            await plant_poison(arena)
        self._must_replay = False
