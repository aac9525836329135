"""Figures of income, against a naive mean over planted households."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from indicator_case import Json, Month, china
from servicekit.ids import new_id

COUNTY, VILLAGE, OTHER = "990199000000", "990199101201", "990199101202"
_AMOUNTS = ("wage", "business", "property", "transfer", "business_cost")


class Homes:
    """Households of two villages that no other test uses."""

    def __init__(self, month: Month) -> None:
        self.month = month

    async def areas(self) -> None:
        for code, parent in ((COUNTY, None), ("990199101000", COUNTY), (VILLAGE, "990199101000"),
                             (OTHER, "990199101000")):  # fmt: skip
            await self.month.run(
                "INSERT INTO area (code, name, parent_code, level, valid_from, updated_at)"
                " VALUES (:code, :code, :parent, :level, '2020-01-01', now()) ON CONFLICT DO NOTHING",
                code=code, parent=parent,
                level={COUNTY: "county", "990199101000": "town"}.get(code, "village"),
            )  # fmt: skip

    async def home(self, village: str, population: int, **values: Any) -> str:
        at = china("2026-01-05")
        return await self.month.plant(
            "household",
            **{
                "hh_no": new_id(), "village_code": village, "hh_type": "1", "status": "active",
                "housing_tenure": "owned", "is_resettled": False, "population": population, "is_monitored": False,
                "created_at": at, "updated_at": at,
            }
            | values,
        )  # fmt: skip

    async def income(self, home: str, year: int, people: int, version: int = 1, **amounts: Any) -> None:
        row: dict[str, Any] = {
            "household_id": home, "year": year, "version": version, **dict.fromkeys(_AMOUNTS, Decimal(0)),
            "insurance_payout": Decimal(9999), "self_paid": Decimal(777), "population": people,
            "recorded_at": china("2026-12-20"), "recorded_by": "t", "superseded_at": None,
        }  # fmt: skip
        await self.month.add("income", row | amounts)


@pytest.fixture
async def homes(month: Month) -> Homes:
    month.period = "2025"
    planted = Homes(month)
    await planted.areas()
    await month.run("DELETE FROM income; DELETE FROM episode; DELETE FROM household_history; DELETE FROM household")
    return planted


async def test_income_a_head_is_weighted_by_persons_and_who_has_none_is_said(homes: Homes) -> None:
    """F-C02 F-C03 F-C09: all net incomes over all persons; a missing income is missing, a corrected one counts."""
    rng = Random(7)
    net, heads, parts = Decimal(0), 0, dict.fromkeys(("wage", "business", "property", "transfer"), Decimal(0))
    persons = known = 0
    for number in range(40):
        people = rng.randrange(1, 7)
        home = await homes.home(VILLAGE, people)
        persons += people
        if number % 5 == 0:
            continue
        amounts = {name: Decimal(rng.randrange(0, 3_000_000)) / 100 for name in _AMOUNTS}
        if number % 7 == 0:  # corrected: the first version counts nowhere
            await homes.income(home, 2025, people, wage=Decimal(999999), superseded_at=china("2026-02-01"))
        await homes.income(home, 2025, people, version=2, **amounts)
        await homes.income(home, 2024, people, wage=Decimal(1))
        known += people
        heads += people
        net += sum(amounts[name] for name in _AMOUNTS[:4]) - amounts["business_cost"]
        for name in parts:
            parts[name] += amounts[name] - (amounts["business_cost"] if name == "business" else 0)
    await homes.month.compute("income_per_head", "wage_per_head", "business_per_head", "property_per_head",
                              "transfer_per_head", "income_known")  # fmt: skip
    assert await homes.month.cells("income_per_head") == {(VILLAGE, ""): (int(net), heads)}
    for name, amount in parts.items():
        assert await homes.month.cells(f"{name}_per_head") == {(VILLAGE, ""): (int(amount), heads)}
    assert await homes.month.cells("income_known") == {(VILLAGE, ""): (known, persons)}


async def test_only_former_poor_and_monitored_households_of_the_time_count(homes: Homes) -> None:
    """Near misses: an ordinary household, one that ended before, one whose episode began after or was none."""
    former = await homes.home(VILLAGE, 2)
    ordinary = await homes.home(VILLAGE, 2, hh_type="0")
    ended = await homes.home(VILLAGE, 2, status="ended")
    monitored = await homes.home(OTHER, 3, hh_type="0", is_monitored=True)
    later = await homes.home(OTHER, 3, hh_type="0", is_monitored=True)
    wrong = await homes.home(OTHER, 3, hh_type="0")
    at = china("2025-06-01")
    for home, identified, state in (
        (monitored, date(2025, 12, 31), "MONITORING"), (later, date(2026, 1, 1), "MONITORING"),
        (wrong, date(2025, 6, 1), "CORRECTED"),
    ):  # fmt: skip
        await homes.month.plant(
            "episode", household_id=home, origin="clue", state=state, risk_types=["01"], found_on=date(2025, 5, 1),
            identified_on=identified, is_active=state != "CORRECTED", created_at=at, updated_at=at,
        )  # fmt: skip
    for home in (former, ordinary, ended, monitored, later, wrong):
        await homes.income(home, 2025, 2, wage=Decimal(1000))
    await homes.month.compute("income_per_head")
    assert await homes.month.cells("income_per_head") == {(VILLAGE, ""): (1000, 2), (OTHER, ""): (1000, 2)}
    assert await homes.month.members("income_per_head") == {former, monitored}


async def test_a_household_counts_as_large_and_where_it_was_when_the_year_ended(homes: Homes) -> None:
    """Somebody died in the next year, and the household ended: the year before stays as it was."""
    home = await homes.home(VILLAGE, 0, status="ended")
    await homes.month.add(
        "household_history",
        {
            "household_id": home, "version": 1, "replaced_at": china("2026-03-01"), "replaced_by": "t", "cause": "t",
            "snapshot": Json({"area_code": OTHER, "population": 1, "status": "active"}),
        },
    )  # fmt: skip
    await homes.income(home, 2025, 1, transfer=Decimal(5000))
    await homes.month.compute("income_per_head", "income_known")
    assert await homes.month.cells("income_per_head") == {(OTHER, ""): (5000, 1)}
    assert await homes.month.cells("income_known") == {(OTHER, ""): (1, 1)}
    homes.month.period = "2026-Q1"
    await homes.month.compute("income_per_head_quarter")
    assert await homes.month.cells("income_per_head_quarter") == {}
