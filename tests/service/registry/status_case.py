"""A household whose guarantees visits and departments' data tell of."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx
from registry_world import household, member

from contracts.envelope import CloudEvent, EventData, envelope_of
from contracts.sharing import StatusClaimed, StatusWithdrawn
from contracts.vocabulary import Department, Guarantee
from registry.guarantees.consumers import on_statuses
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

NUMBERS = count(400)
HOUSES = "DS-HOU-GRADE"
APPRAISED = 60  # days ago


def day(days_ago: int) -> date:
    return clock.today() - timedelta(days=days_ago)


class Home:
    """A household of the test's own, with what is said of its house."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], database: Database) -> None:
        self.client, self.headers, self.database = client, headers, database

    async def register(self, **more: Any) -> Home:
        number = next(NUMBERS)
        body = household(f"99G00{number}", member(number), **more)
        made = await self.client.post("/v1/households", json=body, headers=self.headers)
        assert made.status_code == 201, made.text
        self.id = made.json()["id"]
        return self

    def claim(self, **values: Any) -> StatusClaimed:
        given = {
            "household_id": self.id,
            "dataset": HOUSES,
            "guarantee": Guarantee.HOUSING,
            "period": "2026-10",
            "department": Department.HOU,
            "is_safe": False,
            "as_of": day(APPRAISED),
            "text": {"zh": "鉴定为{grade}级", "en": "graded {grade}"},
            "facts": {"grade": "D"},
            "claimed_at": clock.now(),
        }
        return StatusClaimed.model_validate(given | values)

    def taken_back(self) -> StatusWithdrawn:
        given = {"household_id": self.id, "dataset": HOUSES, "guarantee": Guarantee.HOUSING, "period": "2026-10"}
        return StatusWithdrawn.model_validate(given | {"withdrawn_at": clock.now()})

    async def hear(self, *facts: EventData) -> None:
        events: list[CloudEvent[Any]] = [
            envelope_of(fact, event_id=new_id(), source="/bangfu/sharing", at=clock.now()) for fact in facts
        ]
        async with self.database.transaction() as session:
            await on_statuses(session, events)

    async def visit(self, days_ago: int, *, is_safe: bool) -> None:
        body = {"statuses": {"housing": {"is_safe": is_safe, "checked_on": day(days_ago).isoformat()}}}
        answer = await self.client.put(f"/v1/households/{self.id}/statuses", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text

    async def shown(self) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/households/{self.id}/statuses", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def house(self) -> tuple[str, bool, str, list[tuple[str, bool]]] | None:
        """Whose value counts, what it says of which day, and who says otherwise."""
        if (now := (await self.shown())["current"].get("housing")) is None:
            return None
        others = [(other["source"], other["is_safe"]) for other in now["contradicts"]]
        return now["source"], now["is_safe"], now["checked_on"], others
