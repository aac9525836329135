"""What households count among: given by facts, lines and the year, since the day on which they were found to."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from registry_world import OTHER_TOWN, household, member

from feed_reader import nothing_is_held_back
from registry.labels.service import follow_once
from servicekit.db import Database

NUMBERS = count(430)
NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)


class World:
    """Households of the test's own, in November 2026 unless time moves on."""

    def __init__(self, client: httpx.AsyncClient, headers: Any, database: Database, move: Callable[[float], None]):
        self.client, self.make_headers, self.database, self.move = client, headers, database, move

    def at(self, now: datetime) -> None:
        self.move(now.timestamp() - time.time())
        self.headers = dict(self.make_headers())

    async def register(self, labour: str = "1", hh_type: str = "0", relief: str = "none", **by_year: str) -> str:
        number = next(NUMBERS)
        incomes = [{"year": int(year[1:]), "wage": wage} for year, wage in by_year.items()]
        of = member(number, labour=labour, relief=relief)
        body = household(f"99L00{number}", of, incomes=incomes, hh_type=hh_type)
        made = await self.client.post("/v1/households", json=body, headers=self.headers)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def labels(self, household_id: str) -> dict[str, str]:
        await nothing_is_held_back(self.database)
        while await follow_once(self.database):
            pass
        answer = await self.client.get(f"/v1/households/{household_id}/labels", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return {row["label"]: row["since_on"] for row in answer.json()["items"]}


@pytest.fixture
def world(
    client: httpx.AsyncClient, headers: Any, registry_database: Database, move_clock: Callable[[float], None]
) -> World:
    made = World(client, headers, registry_database, move_clock)
    made.at(NOW)
    return made


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"labour": "2"}, {"labour_capable"}),
        ({"labour": "3"}, {"labour_weak"}),
        ({"labour": "5", "relief": "dibao"}, {"labour_none", "dibao"}),
        ({"relief": "tekun"}, {"labour_capable", "tekun"}),
        ({"relief": "marginal"}, {"labour_capable", "marginal"}),
        ({"relief": "rigid"}, {"labour_capable", "rigid"}),
        ({"y2025": "20000", "y2024": "20000.01"}, {"labour_capable", "income_fell"}),
        ({"y2025": "20000", "y2024": "20000"}, {"labour_capable"}),
        (
            {"y2025": "20000", "y2024": "21000", "y2023": "22000"},
            {"labour_capable", "income_fell", "income_fell_twice"},
        ),
        ({"y2026": "1", "y2025": "20000"}, {"labour_capable"}),
        ({"hh_type": "1", "y2025": "10999"}, {"labour_capable", "below_focus_labour"}),
        ({"hh_type": "1", "y2025": "9999"}, {"labour_capable", "below_focus_labour", "below_focus"}),
        ({"hh_type": "1", "y2025": "9999", "labour": "3"}, {"labour_weak", "below_focus"}),
        ({"hh_type": "1", "y2025": "9999", "y2026": "11000"}, {"labour_capable"}),
        ({"hh_type": "1", "y2024": "9999"}, {"labour_capable"}),
        ({"hh_type": "0", "y2025": "9999"}, {"labour_capable"}),
    ],
)
async def test_what_a_household_counts_among(world: World, given: dict[str, str], expected: set[str]) -> None:
    """F-A27: last year below the year before, two years running; the focus lines. F-A12, F-A48: low income by kind."""
    home = await world.register(**given)
    assert await world.labels(home) == dict.fromkeys(expected, "2026-11-10")


async def test_a_changed_fact_changes_its_label_and_leaves_the_day_of_the_others(world: World) -> None:
    home = await world.register(y2025="20000", y2024="21000")
    assert await world.labels(home) == {"labour_capable": "2026-11-10", "income_fell": "2026-11-10"}
    world.at(NOW.replace(day=20))
    place = f"/v1/households/{home}/incomes"
    mended = await world.client.put(f"{place}/2025", json={"wage": "22000"}, headers=world.headers)
    assert mended.status_code == 200, mended.text
    assert await world.labels(home) == {"labour_capable": "2026-11-10"}
    again = await world.client.put(f"{place}/2025", json={"wage": "19000"}, headers=world.headers)
    assert again.status_code == 200, again.text
    assert await world.labels(home) == {"labour_capable": "2026-11-10", "income_fell": "2026-11-20"}


async def test_a_new_year_has_its_own_cohorts(world: World) -> None:
    """F-A27: computed anew each January."""
    home = await world.register(y2026="19000", y2025="20000", y2024="21000")
    assert "income_fell_twice" not in await world.labels(home)
    world.at(datetime(2027, 1, 2, 4, tzinfo=UTC))
    assert (await world.labels(home))["income_fell_twice"] == "2027-01-02"


async def test_another_line_of_the_profile_is_followed(world: World, set_policy: Any) -> None:
    home = await world.register(hh_type="1", y2025="12000")
    assert "below_focus" not in await world.labels(home)
    body = {
        "effective_from": "2026-11-01",
        "source_document": "文号",
        "parameters": {"income.focus_line_former_poor": "13000"},
    }
    assert (await set_policy("990101000000", body)).status_code in (200, 201)
    assert "below_focus" in await world.labels(home)


async def test_the_list_is_narrowed_by_a_label_and_a_stranger_sees_none(world: World) -> None:
    home, other = await world.register(relief="tekun"), await world.register()
    await world.labels(home)
    found: set[str] = set()
    query: dict[str, Any] = {"label": "tekun", "limit": 1}
    while True:
        page = (await world.client.get("/v1/households", params=query, headers=world.headers)).json()
        found |= {row["id"] for row in page["items"]}
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found & {home, other} == {home}
    stranger = world.make_headers(areas=[OTHER_TOWN])
    assert (await world.client.get(f"/v1/households/{home}/labels", headers=stranger)).status_code == 404
