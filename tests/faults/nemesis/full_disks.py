"""A disk is full: what needs room is refused and not acknowledged, and goes on when there is room again."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from faults.nemesis import Nemesis

if TYPE_CHECKING:
    from faults.arena import Arena


class DiskFull(Nemesis):
    """Fills one disk and gives the room back.

    A full `postgres` first fails statements; once its log needs a new segment the server ends itself and cannot
    start before there is room: its supervisor tries until it can. A full `sharing` is the lake and the comparison's
    scratch space; full `logs` may silence a process, never stop it.
    """

    rows = (16,)

    def __init__(self, disk: str) -> None:
        """Fill `postgres`, `sharing` or `logs`."""
        self.name = f"disk-full-{disk}"
        self.disks = (disk,)
        self._disk = disk

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Fill it, but for some kilobytes; give the room back after a while."""
        # No outage for readiness to tell: what needs no room is still served.
        arena.disks[self._disk].fill(leave_bytes=rng.randrange(0, 64) * 1024)
        await asyncio.sleep(self.lasting_s(rng))
        await self.heal(arena)

    async def heal(self, arena: Arena) -> None:
        """Give the room back, and wait for PostgreSQL, which may have ended."""
        arena.disks[self._disk].free()
        async with asyncio.timeout(30):
            while arena.postgres.pid is None:  # noqa: ASYNC110  its supervisor looks twice a second
                await asyncio.sleep(0.05)
