"""Where the year takes place: the running system, its clients, and the days that pass."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from bangfu_local.embedded.clients import (
    BUREAU,
    DEPARTMENTS,
    ClientSpec,
    department_client,
    township_client,
    village_client,
)
from bangfu_local.embedded.settle import settle

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu_local.embedded import EmbeddedSystem

_MORNING_UTC_H = 1
_COMPARISON_S = 600.0


def town_of(area_code: str) -> str:
    """Give the township that a village belongs to."""
    return area_code[:9] + "000"


def visits_client(village: str) -> ClientSpec:
    """The application with which a village's cadres say whom they visited."""
    return ClientSpec(
        f"visits-{village}", f"走访应用 {village[6:]}", ("households:read", "contacts:write"), areas=(village,)
    )


class Stage:
    """The system with its clients, each signed in once.

    Args:
        villages: Codes of the villages that have applications.
    """

    def __init__(self, system: EmbeddedSystem, villages: list[str]) -> None:
        self.system, self.villages = system, villages
        self._open = AsyncExitStack()
        self._clients: dict[str, Bangfu] = {}

    async def __aenter__(self) -> Self:
        await self.system.ensure_clients(
            [
                *(township_client(town) for town in self.towns),
                *(make(village) for make in (village_client, visits_client) for village in self.villages),
            ]
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def towns(self) -> list[str]:
        """The townships, by code."""
        return sorted({town_of(village) for village in self.villages})

    @property
    def today(self) -> date:
        """The business day."""
        return self.system.clock.today()

    async def come_to(self, day: date) -> None:
        """Let it be the morning of a day, with everything done that a day begins with."""
        now = self.system.clock.now()
        morning = datetime(day.year, day.month, day.day, _MORNING_UTC_H, tzinfo=UTC)
        if morning > now:
            self.system.clock.forward(morning - now)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until every comparison that has begun is over, and every event has reached everybody."""
        await settle(self.system)
        bureau = await self.bureau()
        while running := [run async for run in bureau.comparison.runs() if not run.is_over]:
            for run in running:
                await bureau.comparison.wait(run.id, timeout_s=_COMPARISON_S)
            await settle(self.system)

    async def client(self, client_id: str) -> Bangfu:
        """Give the SDK client of somebody; it is closed with the stage."""
        if client_id not in self._clients:
            self._clients[client_id] = await self._open.enter_async_context(self.system.client(client_id))
        return self._clients[client_id]

    async def bureau(self) -> Bangfu:
        """The county's lead department."""
        return await self.client(BUREAU)

    async def township(self, area_code: str) -> Bangfu:
        """The township that an area belongs to."""
        return await self.client(township_client(town_of(area_code)).client_id)

    async def village(self, area_code: str) -> Bangfu:
        """A village."""
        return await self.client(village_client(area_code).client_id)

    async def department(self, code: str) -> Bangfu:
        """A department; the bureau acts for those that have no client here."""
        return await self.client(department_client(code) if code in DEPARTMENTS else BUREAU)
