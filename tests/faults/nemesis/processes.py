"""Faults of a service's process: frozen for a while, or asked to leave in the middle of its work."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from faults.nemesis import Nemesis

if TYPE_CHECKING:
    from faults.arena import Arena


class Pause(Nemesis):
    """SIGSTOP, then SIGCONT: a machine that froze, a long garbage collection.

    The relay's leader, a consumer, the comparison and the webhook sender live in the workers. They hold locks and
    leases meanwhile and believe, afterwards, that they still do.
    """

    rows = (20,)
    lasts_s = (1.0, 3.0)

    def __init__(self, process: str) -> None:
        """Pause `process`, e.g. `sharing-worker`."""
        self.name = f"pause-{process}"
        self._process = process

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Freeze it for some seconds."""
        process = arena.processes[self._process]
        await process.wait_ready()  # one that is about to end, or has not begun, would not be the one that is frozen
        with arena.outage(self.name, [self._process]):
            process.pause()
            try:
                await asyncio.sleep(self.lasting_s(rng))
            finally:
                process.resume()

    async def heal(self, arena: Arena) -> None:
        """Let it go on."""
        arena.processes[self._process].resume()


class Roll(Nemesis):
    """SIGTERM to one process after the other, as a rolling update: each drains, ends, and is started again."""

    rows = (21,)

    def __init__(self, kind: str) -> None:
        """Roll the processes of a kind: `api` or `worker`."""
        self.name = f"roll-{kind}"
        self._kind = kind

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Roll one, chosen by `rng`: all of them, one after the other, would take longer than a nemesis may."""
        names = sorted(name for name in arena.processes if name.endswith(f"-{self._kind}"))
        await roll(arena, rng.choice(names))


async def roll(arena: Arena, name: str) -> None:
    """Ask a process to end, and wait until the next one is ready.

    Raises:
        TimeoutError: it did not end, or the next one did not become ready.
    """
    process = arena.processes[name]
    await process.wait_ready()  # one that is about to begin would not hear of it
    before = process.restarts
    with arena.outage(f"roll-{name}", [name]):
        process.terminate()
        async with asyncio.timeout(40):
            while process.restarts == before:  # noqa: ASYNC110  another process cannot set an event here
                await asyncio.sleep(0.05)
        await process.wait_ready()
