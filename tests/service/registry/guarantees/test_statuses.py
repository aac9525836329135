"""The four statuses: what visits found beside what departments' data say; the newest day counts (F-A12)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from registry_world import OTHER_TOWN, household, member
from sqlalchemy import text

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


def of(
    source: str, days_ago: int, *others: str, is_safe: bool = False
) -> tuple[str, bool, str, list[tuple[str, bool]]]:
    """What is expected of a house, and who says otherwise."""
    return source, is_safe, day(days_ago).isoformat(), [(other, not is_safe) for other in others]


class Home:
    """A household of the test's own, with what is said of its house."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], database: Database) -> None:
        self.client, self.headers, self.database = client, headers, database

    async def register(self) -> Home:
        number = next(NUMBERS)
        body = household(f"99G00{number}", member(number))
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


@pytest.fixture
async def home(client: httpx.AsyncClient, county: dict[str, str], registry_database: Database) -> Home:
    return await Home(client, county, registry_database).register()


async def test_a_department_sets_a_status_with_its_source_day_and_detail(home: Home) -> None:
    await home.hear(home.claim())
    now = (await home.shown())["current"]["housing"]
    assert (now["is_safe"], now["source"], now["department"], now["checked_on"]) == (
        False,
        HOUSES,
        "HOU",
        day(APPRAISED).isoformat(),
    )
    assert (now["department"], now["detail"]) == ("HOU", {"zh": "鉴定为D级", "en": "graded D"})
    assert now["contradicts"] == []


async def test_the_newer_day_counts_whatever_is_told_last_and_what_contradicts_it_stays_visible(home: Home) -> None:
    await home.hear(home.claim())
    await home.visit(30, is_safe=True)
    assert await home.house() == of("visit", 30, HOUSES, is_safe=True)
    await home.hear(home.claim(as_of=day(40)))
    assert await home.house() == of("visit", 30, HOUSES, is_safe=True), "still older than the visit"
    await home.hear(home.claim(as_of=day(20)))
    assert await home.house() == of(HOUSES, 20, "visit")
    await home.visit(25, is_safe=True)
    assert await home.house() == of(HOUSES, 20, "visit")


async def test_what_is_taken_back_leaves_what_others_said_and_stays_in_the_history(home: Home) -> None:
    await home.visit(90, is_safe=True)
    await home.hear(home.claim())
    await home.hear(home.taken_back(), home.taken_back())
    assert await home.house() == of("visit", 90, is_safe=True)
    [told] = [row for row in (await home.shown())["history"] if row["source"] == HOUSES]
    assert told["withdrawn_at"] is not None
    assert told["superseded_at"] == told["withdrawn_at"]


async def test_without_any_other_source_nothing_is_known_again(home: Home) -> None:
    await home.hear(home.claim(), home.taken_back())
    assert await home.house() is None
    await home.hear(home.taken_back(), home.claim())
    assert await home.house() == of(HOUSES, APPRAISED)


async def test_each_dataset_has_its_own_word_about_a_guarantee(home: Home) -> None:
    await home.hear(home.claim(), home.claim(dataset="DS-HOU-OTHER", is_safe=True, as_of=day(50)))
    assert await home.house() == of("DS-HOU-OTHER", 50, HOUSES, is_safe=True)


async def test_data_of_a_month_that_is_not_over_say_no_more_than_today(home: Home) -> None:
    await home.hear(home.claim(as_of=day(-20), claimed_at=clock.now() - timedelta(days=3)))
    assert await home.house() == of(HOUSES, 3)


async def test_rules_hear_of_visits_only_they_read_the_data_themselves(home: Home) -> None:
    async def unsafe() -> list[str]:
        shown = await home.client.get(f"/v1/households/{home.id}", headers=home.headers)
        return list(shown.json()["unsafe_statuses"])

    await home.visit(90, is_safe=False)
    await home.hear(home.claim(is_safe=True))
    assert await unsafe() == ["housing"]
    assert await home.house() == of(HOUSES, APPRAISED, "visit", is_safe=True)


async def test_a_household_that_ended_keeps_its_statuses(home: Home) -> None:
    await home.hear(home.claim())
    async with home.database.transaction() as session:
        await session.execute(text("UPDATE household SET status = 'ended' WHERE id = :id"), {"id": home.id})
    await home.hear(home.taken_back())
    assert await home.house() == of(HOUSES, APPRAISED)


async def test_outside_the_callers_area_nobody_sees_them(home: Home, headers: Any) -> None:
    await home.hear(home.claim())
    elsewhere = headers(areas=[OTHER_TOWN])
    answer = await home.client.get(f"/v1/households/{home.id}/statuses", headers=elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (404, "registry.household.not_found")
