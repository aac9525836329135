"""The business clock steps by hours, forth and back."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from faults.nemesis import Nemesis

if TYPE_CHECKING:
    from faults.arena import Arena

_STEP = timedelta(hours=2)


class ClockStep(Nemesis):
    """Two hours forward or back, then where it belongs: what was due stays flagged once, nothing is due twice."""

    name = "clock-step"
    rows = (17,)

    def __init__(self) -> None:
        self._ahead = timedelta()

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Step, wait, step back."""
        await self._move(arena, rng.choice([-_STEP, _STEP]))
        await asyncio.sleep(self.lasting_s(rng))
        await self.heal(arena)

    async def heal(self, arena: Arena) -> None:
        """Put the clock where it belongs."""
        if self._ahead:
            await self._move(arena, -self._ahead)

    async def _move(self, arena: Arena, by: timedelta) -> None:
        self._ahead += by
        await arena.move_clock(by)
