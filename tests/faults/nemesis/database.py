"""Faults of PostgreSQL: killed, locked, out of connections, moved to another port, migrated while it works."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from typing import TYPE_CHECKING, LiteralString

import psycopg

from faults.nemesis import DATABASE_LINKS, Nemesis
from servicekit.embedded.ports import free_port

if TYPE_CHECKING:
    from faults.arena import Arena

# What a long migration, a VACUUM FULL or a report by hand would hold, by service.
_LOCKED: dict[str, tuple[LiteralString, ...]] = {
    "registry": ("outbox", "household", "episode"),
    "sharing": ("outbox", "delivery", "comparison_run", "inbox"),
    "alerts": ("outbox", "clue", "alert", "webhook_delivery"),
    "gateway": ("audit_entry",),
}


class PostgresKill(Nemesis):
    """SIGKILL of the server under load, as a power cut; what it had acknowledged must be there afterwards."""

    name = "postgres-kill"
    rows = (6,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Kill it, leave it down for a moment, start it again; it recovers from its log."""
        with arena.outage(self.name):
            arena.postgres.kill()
            await asyncio.sleep(self.lasting_s(rng))
            arena.postgres.start()

    async def heal(self, arena: Arena) -> None:
        """Start it if it is down."""
        if arena.postgres.pid is None:
            arena.postgres.start()


class LongLock(Nemesis):
    """Somebody holds a table: requests wait, then are told to come back; nothing is half done."""

    name = "long-lock"
    rows = (22,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Lock one table of one service for a while."""
        service = rng.choice(sorted(_LOCKED))
        table = rng.choice(_LOCKED[service])
        async with await psycopg.AsyncConnection.connect(arena.database_url(service)) as connection:
            await connection.execute("SET lock_timeout = '5s'")
            with contextlib.suppress(psycopg.errors.LockNotAvailable):  # busier than we are: that was load enough
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                await connection.execute("SELECT pg_sleep(%s)", (self.lasting_s(rng),))
            await connection.rollback()


class OutOfConnections(Nemesis):
    """All connections of a service's role are taken: new ones are refused, as by a server at its limit."""

    name = "out-of-connections"
    rows = (22,)

    def __init__(self, *services: str) -> None:
        """Do it to one of `services`."""
        self._services = services or DATABASE_LINKS
        self._limited: set[str] = set()

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Forbid a role new connections and end those it has."""
        service = rng.choice(self._services)
        self._limited.add(service)
        with arena.outage(self.name, [f"{service}-api", f"{service}-worker"]):
            await _as_superuser(arena, f"ALTER ROLE {service} CONNECTION LIMIT 0")
            await _as_superuser(
                arena, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{service}'"
            )
            await asyncio.sleep(self.lasting_s(rng))
            await self.heal(arena)

    async def heal(self, arena: Arena) -> None:
        """Lift the limit."""
        while self._limited:
            await _as_superuser(arena, f"ALTER ROLE {self._limited.pop()} CONNECTION LIMIT -1")


class Failover(Nemesis):
    """The server moves to another address: connections break, the name leads to the new one."""

    name = "failover"
    rows = (22,)
    links = (*DATABASE_LINKS, "bus")

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Stop the server, start it on another port, lead every proxy there."""
        with arena.outage(self.name):
            arena.postgres.stop()
            arena.postgres.port = free_port()
            await asyncio.sleep(self.lasting_s(rng))
            arena.postgres.start()
            self._lead(arena)

    async def heal(self, arena: Arena) -> None:
        """Start it if it is down, and lead the proxies there."""
        if arena.postgres.pid is None:
            arena.postgres.start()
            self._lead(arena)

    def _lead(self, arena: Arena) -> None:
        for link in self.links:
            if link in arena.links and not (link == "bus" and arena.broker):  # with a broker the bus is no database
                arena.links[link].retarget("127.0.0.1", arena.postgres.port)


class MigrateAgain(Nemesis):
    """`migrate` of a service while it works: two jobs meet, one waits for the other, and traffic goes on."""

    name = "migrate-during-traffic"
    rows = (27,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Run two migrate jobs of one service at a time.

        Raises:
            AssertionError: one of them failed.
        """
        service = rng.choice(DATABASE_LINKS)
        environment = dict(arena.process(service, "worker").environment)
        jobs = [
            await asyncio.create_subprocess_exec(sys.executable, "-m", service, "migrate", env=environment)
            for _ in range(2)
        ]
        assert [await job.wait() for job in jobs] == [0, 0]


class CommitInReverse(Nemesis):
    """Transactions that took their numbers first commit last: who reads `id > last` would lose theirs for ever.

    One session announces again what was announced before (the same fact under a new id: consumers keep the newest
    version) and stays open while later ones commit; another holds the alert feed's lock.
    """

    name = "commit-in-reverse"
    rows = (11,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Open, overtake, commit."""
        url = arena.database_url("registry")
        async with (
            await psycopg.AsyncConnection.connect(url) as slow,
            await psycopg.AsyncConnection.connect(url) as fast,
            await psycopg.AsyncConnection.connect(arena.database_url("alerts")) as reader,
        ):
            await reader.execute("SELECT pg_advisory_xact_lock(7205759411)")  # alerts.feed.store: positions
            await slow.execute(_ANNOUNCE_AGAIN)
            await fast.execute(_ANNOUNCE_AGAIN)
            await fast.commit()
            await asyncio.sleep(self.lasting_s(rng))
            await slow.commit()
            await reader.rollback()


_ANNOUNCE_AGAIN = """
INSERT INTO outbox (topic, key, type, time, data)
SELECT topic, key, type, time, data FROM outbox WHERE topic = 'registry.policy.v1' ORDER BY id DESC LIMIT 1
"""


async def _as_superuser(arena: Arena, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(arena.postgres.url(), autocommit=True) as connection:
        await connection.execute(statement.encode())
