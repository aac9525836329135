"""The county in which households live through everything: its people, its villages, its clock, what was reached."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import httpx
from life_steps import Edge
from registry_world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, send
from roster_case import appoint, person, unit

from servicekit import clock
from servicekit.db import Database

T = TypeVar("T")
DAY_S = 86_400.0
ACTS = (
    "moved", "renumbered", "merged_into", "joined_by", "split", "village_merged", "status_fell", "appeal_refused",
    "green_asked", "green_refused", "green_opened", "green_settled", "green_ended", "appealed", "second_clue",
    "found_stable", "found_relapse", "found_new_risk", "stale", "illegal", "not_theirs",
)  # fmt: skip
"""What must have been tried beside the steps."""


@dataclass
class World:
    """What households of a run share."""

    client: httpx.AsyncClient
    headers: Callable[..., dict[str, str]]
    database: Database
    move_clock: Callable[[float], None]
    loop: asyncio.AbstractEventLoop
    people: dict[str, list[str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    villages: list[str] = field(default_factory=lambda: [VILLAGE, "990101101202", OTHER_VILLAGE])
    taken: Counter[Edge] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    serial: Any = field(default_factory=lambda: count(1))
    village_serial: Any = field(default_factory=lambda: count(301))
    failures: list[Exception] = field(default_factory=list)
    offset_days: float = 0

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop of the tests, from the thread of the machine."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(120)

    def later(self, days: float) -> None:
        """Let days pass."""
        self.offset_days += days
        self.move_clock(self.offset_days * DAY_S)

    @property
    def everybody(self) -> list[str]:
        return [staff for level in self.people.values() for staff in level]

    def county(self, client_id: str = "county-app") -> dict[str, str]:
        """A machine of the county, for what is no step."""
        return self.headers(client_id=client_id)

    def signed_in(self, staff: str) -> dict[str, str]:
        """Somebody of the roster, in an application that asks for every scope: the procedure alone must hold."""
        return self.headers(person=staff, client_id="phone")

    async def add_village(self, code: str, name: str = "并入村") -> None:
        head = "code,name,parent_code,valid_from,valid_to,successor_code\n"
        body = f"{head}{code},{name},{code[:9]}000,2020-01-01,,".encode()
        done = await send(self.client, body, self.county(), kind="text/csv", path="/v1/areas/import")
        assert done.json()["state"] == "done", done.text

    async def settle_people(self) -> None:
        """Give every village, every township and the county several people in office."""
        await self.add_village(self.villages[1], "丙村")
        places = [("village", village) for village in self.villages]
        for level, area in (*places, ("town", TOWN), ("town", OTHER_TOWN), ("county", COUNTY)):
            self.people[area] = [await self.newcomer(level, area) for _ in range(4)]

    async def newcomer(self, level: str, area: str) -> str:
        """Somebody in office who has had nothing to do with any case."""
        office = self.county()
        if area not in self.units:
            self.units[area] = await unit(self.client, office, "lead" if level == "county" else level, area)
        staff = await person(self.client, office, self.units[area])
        await appoint(self.client, office, staff, level.upper(), area)
        return staff

    def of(self, level: str, village: str) -> list[str]:
        """The people of a level whose area a village is in."""
        length = {"village": 12, "town": 9, "county": 6}[level]
        return self.people[village[:length].ljust(12, "0")]

    async def merge_village(self, old: str) -> str:
        """Let a new village take over another one; give its code."""
        new = f"{old[:9]}{next(self.village_serial)}"
        await self.add_village(new)
        body = {
            "effective_on": clock.today().isoformat(),
            "source_document": "某县民政〔2026〕12号",
            "moves": [{"from_code": old, "to_code": new}],
            "closes": [old],
        }
        made = await self.client.post("/v1/area-changes", json=body, headers=self.county())
        assert made.status_code == 201, made.text
        self.villages[self.villages.index(old)] = new
        self.people[new], self.units[new] = self.people.pop(old), self.units.pop(old)
        return new
