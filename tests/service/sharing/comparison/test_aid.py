"""What departments gave households is announced as measures, and corrected as their lists are (F-A09)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from .conftest import World

PAYOUT = {
    "serial": 1, "claim_no": "LP1", "product": "poverty", "cause": "illness", "paid_on": "2026-10-12",
    "amount": "5200.50",
}  # fmt: skip
LOAN = {
    "serial": 1, "loan_ref": "DK1", "product": "micro", "balance": "30000.00", "due_on": "2027-03-31",
    "overdue_days": 0, "overdue_amount": "0.00",
}  # fmt: skip


async def news(world: World) -> list[tuple[str, str, str, Any]]:
    """Take what was said: listed with its amount, or ended and if it was wrong; of which household, by which list."""
    async with world.database.transaction() as session:
        found = await session.execute(
            text("DELETE FROM outbox WHERE type LIKE 'bangfu.sharing.aid.%' RETURNING id, type, key, data")
        )
        rows = sorted(found)
    return [
        (kind.split(".")[-2], key, data["dataset"], data["amount"] if "amount" in data else data["was_wrong"])
        for _, kind, key, data in rows
    ]


async def pays(world: World, *rows: dict[str, Any]) -> None:
    """Deliver the month's payouts, or that there are none, and compare."""
    await world.deliver("DS-INS-CLAIM", *rows, department="INS")
    await world.compare()


@pytest.fixture
async def county(world: World) -> World:
    await world.household("h1", {"serial": 1}, {"serial": 2, "relation": "spouse"})
    await world.household("h2", {"serial": 3})
    return world


async def test_a_payout_is_told_once_in_exact_decimals_and_follows_its_list(county: World) -> None:
    await pays(county, PAYOUT)
    [(data,)] = await county.rows("SELECT data FROM outbox WHERE type LIKE 'bangfu.sharing.aid.%'")
    assert (data["category"], data["called"], data["given_on"], data["income"], data["person_id"]) == (
        "M11", "防贫综合保险", "2026-10-12", "insurance_payout", "h1-p1",
    )  # fmt: skip
    assert await news(county) == [("listed", "h1", "DS-INS-CLAIM", "5200.50")]
    await county.compare()
    assert await news(county) == [], "the same again is no news"
    await pays(county, PAYOUT | {"amount": "5200.00"})
    assert await news(county) == [("listed", "h1", "DS-INS-CLAIM", "5200.00")]
    await pays(county, PAYOUT | {"serial": 3})
    assert await news(county) == [
        ("listed", "h2", "DS-INS-CLAIM", "5200.50"),
        ("ended", "h1", "DS-INS-CLAIM", True),
    ], "it was somebody else's"


async def test_a_payout_stays_when_its_month_is_read_no_more(county: World) -> None:
    await pays(county, PAYOUT)
    await news(county)
    for period, expected in (("2025-11", [("ended", "h1", "DS-INS-CLAIM", True)]), ("2025-10", [])):
        async with county.database.transaction() as session:  # as if it had been delivered then
            await session.execute(text("UPDATE delivery SET period = '2025-10' WHERE rows_accepted > 0"))
            await session.execute(text("UPDATE aid SET row_period = :period, ended_at = NULL, ended_by = NULL,"
                                       " was_wrong = NULL"), {"period": period})  # fmt: skip
        await pays(county)
        assert await news(county) == expected, "2025-11 is the oldest month that is read"


async def test_a_number_under_another_name_is_given_nothing(county: World) -> None:
    await pays(county, PAYOUT | {"name": "李四"}, PAYOUT | {"serial": 2, "claim_no": "LP2", "paid_on": "2026-11-03"})
    assert await news(county) == [], "nor is what the list dates after its month"


async def test_a_loan_ends_where_a_newer_list_has_it_no_more(county: World) -> None:
    county.period = "2026-09"
    await county.deliver("DS-BNK-LOAN", LOAN, department="BNK")
    await county.compare()
    assert await news(county) == [("listed", "h1", "DS-BNK-LOAN", None)]
    county.period = "2026-10"
    await county.compare()
    assert await news(county) == [], "without the month's list nothing is known"
    await county.deliver("DS-BNK-LOAN", LOAN | {"balance": "20000.00"}, department="BNK")
    await county.compare()
    assert await news(county) == [], "what is left to pay is not what was given"
    county.period = "2026-11"
    await county.deliver("DS-BNK-LOAN", LOAN | {"balance": "0.00"}, department="BNK")
    await county.compare()
    assert await news(county) == [("ended", "h1", "DS-BNK-LOAN", False)]


async def test_who_leaves_the_household_takes_nothing_along(county: World) -> None:
    await pays(county, PAYOUT | {"serial": 2})
    assert await news(county) == [("listed", "h1", "DS-INS-CLAIM", "5200.50")]
    await county.household("h1", {"serial": 1})
    await county.compare()
    assert await news(county) == []
