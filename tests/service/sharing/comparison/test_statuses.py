"""What departments' data say of the four guarantees is announced as it changes, and taken back (F-A12, F-B10)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from servicekit.tokens import Tokeniser
from sharing.comparison import service

from .conftest import KEY, World, id_number

HOUSE = {
    "serial": 1, "house_ref": "HF1", "grade": "D", "appraised_on": "2026-09-18", "sole_residence": True,
    "measure": "none",
}  # fmt: skip


async def news(world: World) -> list[tuple[str, str, str, bool | None, str | None]]:
    """Take what was announced: claimed or withdrawn, of which household, by which dataset, safe or not, as of when."""
    async with world.database.transaction() as session:
        found = await session.execute(
            text("DELETE FROM outbox WHERE topic = 'sharing.status.v1' RETURNING id, type, key, data")
        )
        rows = sorted(found)
    return [
        (kind.split(".")[-2], key, data["dataset"], data.get("is_safe"), data.get("as_of"))
        for _, kind, key, data in rows
    ]


async def houses(world: World, **row: Any) -> None:
    await world.deliver("DS-HOU-GRADE", HOUSE | row, department="HOU")
    await world.compare()


CLAIMED = ("claimed", "h1", "DS-HOU-GRADE", False, "2026-09-18")
WITHDRAWN = ("withdrawn", "h1", "DS-HOU-GRADE", None, None)


async def test_a_claim_is_announced_once_and_taken_back_by_the_corrected_delivery(world: World) -> None:
    await world.household("h1", {"serial": 1})
    await world.household("h2", {"serial": 2})
    await houses(world)
    assert await news(world) == [CLAIMED]
    await world.compare()
    assert await news(world) == [], "the same again is no news"
    await houses(world, grade="A")
    assert await news(world) == [WITHDRAWN]
    await world.compare()
    assert await news(world) == []
    await houses(world)
    assert await news(world) == [CLAIMED], "and it may hold again"


async def test_a_claim_carries_the_words_of_its_dataset_and_no_more(world: World) -> None:
    await world.household("h1", {"serial": 1})
    await houses(world, grade="C")
    [(data,)] = await world.rows("SELECT data FROM outbox WHERE topic = 'sharing.status.v1'")
    assert (data["guarantee"], data["department"], data["facts"]) == ("housing", "HOU", {"unsafe_house_grade": "C"})
    assert "{unsafe_house_grade}" in data["text"]["zh"]


async def test_what_a_visit_found_unsafe_is_contradicted_by_a_good_grade(world: World) -> None:
    await world.household("h1", {"serial": 1}, unsafe_statuses=["housing"])
    await houses(world, grade="B")
    assert await news(world) == [("claimed", "h1", "DS-HOU-GRADE", True, "2026-09-18")]
    await world.household("h1", {"serial": 1})
    await world.compare()
    assert await news(world) == [WITHDRAWN], "nobody doubts it any more"


async def test_a_run_of_an_older_month_says_nothing_where_a_newer_one_spoke(world: World) -> None:
    await world.household("h1", {"serial": 1})
    await houses(world)
    assert await news(world) == [CLAIMED]
    world.period = "2026-09"
    await houses(world, grade="A")
    assert await news(world) == []


async def test_without_the_list_of_the_month_what_was_claimed_stands(world: World) -> None:
    await world.household("h1", {"serial": 1})
    insured = {"serial": 2, "year": 2026, "scheme": "resident", "personal_paid": "400.00", "subsidy": "0.00"}
    await world.deliver("DS-MED-ENROL", insured)
    await world.compare()
    assert await news(world) == [("claimed", "h1", "DS-MED-ENROL", False, "2026-10-31")]
    world.period = "2026-11"
    await world.compare()
    assert await news(world) == []


@pytest.mark.parametrize("serial", [1, 2])
async def test_a_limited_run_speaks_of_its_own_households_only(world: World, serial: int) -> None:
    await world.household("h1", {"serial": 1})
    await world.household("h2", {"serial": 2})
    await houses(world)
    await news(world)
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE status_claim SET household_id = 'h2'"))
        token = Tokeniser(KEY).id_token(id_number(serial))
        await service.enqueue_households(session, [token], world.period)
    while await world.executor.work_once():
        pass
    found = {(verb, household) for verb, household, *_ in await news(world)}
    assert found == {1: {("claimed", "h1")}, 2: {("withdrawn", "h2")}}[serial]
