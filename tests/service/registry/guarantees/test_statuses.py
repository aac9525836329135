"""The four statuses: what visits found beside what departments' data say; the newest day counts (F-A12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from registry_world import OTHER_TOWN
from sqlalchemy import text
from status_case import APPRAISED, HOUSES, Home, day

from servicekit import clock
from servicekit.db import Database


def of(
    source: str, days_ago: int, *others: str, is_safe: bool = False
) -> tuple[str, bool, str, list[tuple[str, bool]]]:
    """What is expected of a house, and who says otherwise."""
    return source, is_safe, day(days_ago).isoformat(), [(other, not is_safe) for other in others]


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
