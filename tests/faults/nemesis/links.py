"""Faults of the ways between parts: cut, silent in one or both directions, slow, reset."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from faults.nemesis import DATABASE_LINKS, Nemesis, users_of
from faults.nemesis.proxy import Way

if TYPE_CHECKING:
    from faults.arena import Arena
    from faults.nemesis.proxy import TcpProxy


class _OnLinks(Nemesis):
    """Does something to one link at a time, and heals all of its own."""

    def __init__(self, what: str, links: tuple[str, ...]) -> None:
        """Work on `links`; a run on Kafka has its broker as `bus`."""
        self.name = f"{self.name}-{what}"
        self.links = links

    def choose(self, arena: Arena, rng: random.Random) -> tuple[str, TcpProxy]:
        """One of the links that this run has."""
        name = rng.choice([link for link in self.links if link in arena.links])
        return name, arena.links[name]

    async def heal(self, arena: Arena) -> None:
        """Let everything through again."""
        for link in self.links:
            if link in arena.links:
                arena.links[link].heal()


class Cut(_OnLinks):
    """The other side is gone and says so: connections are reset, new ones refused."""

    name = "cut"
    rows = (18,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Cut one link for a while."""
        name, link = self.choose(arena, rng)
        with arena.outage(self.name, users_of(name)):
            link.cut()
            await asyncio.sleep(self.lasting_s(rng))
            link.heal()


class Silence(_OnLinks):
    """The other side is gone and nobody says so: half-open connections, in one direction or both."""

    name = "silence"
    rows = (18, 19)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Hold what goes one way, the other, or both."""
        name, link = self.choose(arena, rng)
        way = rng.choice([Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH])
        with arena.outage(f"{self.name} {way.name}", users_of(name)):
            link.hold(way)
            await asyncio.sleep(self.lasting_s(rng))
            link.heal()


class Slow(_OnLinks):
    """A bad line: latency with jitter, little bandwidth, a reset now and then."""

    name = "slow"
    rows = (19,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Slow one link down and reset its connections twice meanwhile."""
        name, link = self.choose(arena, rng)
        lasting_s = self.lasting_s(rng)
        with arena.outage(self.name, users_of(name)):
            link.slow(rng.uniform(0.005, 0.05), jitter_s=rng.uniform(0.0, 0.05), bytes_per_s=256 * 1024)
            for _ in range(2):
                await asyncio.sleep(lasting_s / 2)
                link.reset()
            link.heal()


OF_DATABASES = ("databases", DATABASE_LINKS)
OF_BUS = ("bus", ("bus",))
OF_SUBSCRIBER = ("subscriber", ("webhook",))
