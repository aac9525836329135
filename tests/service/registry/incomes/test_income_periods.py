"""Incomes item by item, of quarters and of twelve months; the forecast of a year and who is expected to fall."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from registry_world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, household, member, outbox

from servicekit.db import Database

NUMBERS = count(450)
NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)


class Home:
    """A household of the test's own, in November 2026."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    async def register(self, village: str = VILLAGE, **last_year: str) -> Home:
        number = next(NUMBERS)
        incomes = [{"year": 2025, **last_year}] if last_year else []
        body = household(f"99I00{number}", member(number), incomes=incomes, village_code=village)
        made = await self.client.post("/v1/households", json=body, headers=self.headers)
        assert made.status_code == 201, made.text
        self.id = made.json()["id"]
        return self

    async def send(self, method: str, path: str, **body: Any) -> httpx.Response:
        url = f"/v1/households/{self.id}/{path}"
        return await self.client.request(method, url, json=body or None, headers=self.headers)

    async def quarter(self, number: int, **body: Any) -> dict[str, Any]:
        answer = await self.send("PUT", f"income-periods/quarter/2026-Q{number}", **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def forecast(self) -> dict[str, Any]:
        answer = await self.send("GET", "incomes/forecast")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def caller(headers: Any, move_clock: Callable[[float], None]) -> dict[str, str]:
    move_clock(NOW.timestamp() - time.time())
    return dict(headers())


@pytest.fixture
def home(client: httpx.AsyncClient, caller: dict[str, str]) -> Home:
    return Home(client, caller)


async def test_a_year_is_registered_item_by_item(home: Home) -> None:
    """F-A42."""
    await home.register(wage="20000.00")
    put = await home.send("PUT", "incomes/2025", items={"a1": "15000.00", "a4": "5000.00", "d2": "600.00"})
    assert put.status_code == 200, put.text
    assert (put.json()["wage"], put.json()["transfer"], put.json()["net"]) == ("20000.00", "600.00", "20600.00")
    assert put.json()["items"] == {"a1": "15000.00", "a4": "5000.00", "d2": "600.00"}
    kept = await home.send("PUT", "incomes/2025", wage="19000.00")
    assert kept.json()["items"] == {"d2": "600.00"}, "what the wage consists of is not known any more"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"wage": "100.00", "items": {"a1": "99.99"}}, "/wage", "wage.sum"),
        ({"business": "100.00"}, "/business_cost", "business_cost.missing"),
        ({"items": {"a1": "-1.00"}}, "/items/a1", None),
        ({"items": {"a1": "1.001"}}, "/items/a1", None),
        ({"items": {"z9": "1.00"}}, "/items/z9", None),
    ],
)
async def test_amounts_that_contradict_themselves_are_refused(
    home: Home, body: dict[str, Any], pointer: str, code: str | None
) -> None:
    await home.register()
    for path in ("incomes/2025", "income-periods/quarter/2026-Q1"):
        refused = await home.send("PUT", path, **body)
        assert refused.status_code == 422, refused.text
        [error] = refused.json()["errors"]
        assert error["pointer"].startswith(pointer)
        assert code in (None, error["code"])
    assert (await home.send("GET", "income-periods")).json()["items"] == []


async def test_periods_have_versions_and_windows(home: Home) -> None:
    await home.register()
    await home.quarter(1, wage="3000.00")
    assert (await home.quarter(1, wage="3000.00"))["version"] == 1, "the same changes nothing"
    assert (await home.quarter(1, wage="3100.00", as_of="2026-05-01"))["superseded_at"] is not None, "told late"
    assert (await home.quarter(1, wage="3200.00"))["version"] == 3
    month = await home.send("PUT", "income-periods/identification/2026-05", wage="12000.00")
    assert (month.json()["period_from"], month.json()["period_to"]) == ("2025-06-01", "2026-05-31")
    shown = (await home.send("GET", "income-periods")).json()["items"]
    assert [(row["kind"], row["version"], row["superseded_at"] is None) for row in shown] == [
        ("identification", 1, True),
        ("quarter", 3, True),
        ("quarter", 2, False),
        ("quarter", 1, False),
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("income-periods/quarter/2026-05", "period.kind"),
        ("income-periods/rolling/2026-Q1", "period.kind"),
        ("income-periods/quarter/2026-Q4", "period.range"),
        ("income-periods/rolling/2026-11", "period.range"),
    ],
)
async def test_a_period_is_one_of_its_kind_and_over(home: Home, path: str, code: str) -> None:
    await home.register()
    refused = await home.send("PUT", path, wage="1.00")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "path:period")
    assert refused.json()["errors"][0]["code"] == code


async def test_the_year_is_forecast_item_by_item_beside_the_last_with_reasons(home: Home) -> None:
    """F-A45, R-AGR-05; a quarter of the year's income each quarter, unless the policy profile says otherwise."""
    await home.register(wage="20000.00", transfer="1000.00")
    await home.send("PUT", "incomes/2025", items={"a1": "18000.00", "a4": "2000.00"})
    for number in (1, 2):
        await home.quarter(number, transfer="300.00", items={"a1": "4000.00"})
    told = await home.forecast()
    assert (told["year"], told["quarters"], told["share"], told["unknown"]) == (2026, 2, "0.50", [])
    assert (told["net_to_date"], told["net"], told["per_capita_net"]) == ("8600.00", "17200.00", "17200.00")
    assert (told["last_per_capita_net"], told["is_fall"], told["reasons"]) == ("21000.00", True, ["wage"])
    by_code = {row["code"]: (row["expected"], row["last_year"], row["change"]) for row in told["compared"]}
    assert by_code["wage"] == ("16000.00", "20000.00", "-4000.00")
    assert by_code["a1"] == ("16000.00", "18000.00", "-2000.00")
    assert by_code["a4"] == ("0.00", "2000.00", "-2000.00")
    assert by_code["transfer"] == ("1200.00", "1000.00", "200.00")


async def test_the_rules_are_told_what_the_year_has_brought_so_far(home: Home, registry_database: Database) -> None:
    """R-AGR-05: from the first quarter to the last before a gap; a quarter that is mended is told anew."""
    await home.register()

    async def told() -> tuple[Any, ...]:
        newest = (await outbox(registry_database, "registry.household.v1", home.id))[-1]
        return tuple(newest[name] for name in ("to_date_year", "to_date_quarters", "to_date_net"))

    await home.quarter(3, wage="900.00")
    assert await told() == (None, None, None)
    await home.quarter(1, wage="100.00")
    assert await told() == (2026, 1, "100.00")
    await home.quarter(2, wage="200.00")
    assert await told() == (2026, 3, "1200.00")
    await home.quarter(1, wage="50.00")
    assert await told() == (2026, 3, "1150.00")


async def test_where_no_quarter_counts_nothing_is_forecast(home: Home) -> None:
    await home.register()
    told = await home.forecast()
    assert told["unknown"] == ["year", "last_year"]
    nothing = ("share", "net_to_date", "net", "per_capita_net", "last_per_capita_net", "is_fall")
    assert [told[name] for name in nothing] == [None] * 6
    await home.quarter(2, wage="1.00")
    assert ((await home.forecast())["quarters"], (await home.forecast())["unknown"]) == (0, ["year", "last_year"])


async def test_who_is_expected_to_fall_is_listed_by_area(home: Home, headers: Any) -> None:
    """F-A45."""
    falls, rises = Home(home.client, home.headers), Home(home.client, home.headers)
    elsewhere = Home(home.client, home.headers)
    await falls.register(wage="20000.00")
    await rises.register(wage="20000.00")
    await elsewhere.register(OTHER_VILLAGE, wage="20000.00")
    for each, wage in ((falls, "4000.00"), (rises, "6000.00"), (elsewhere, "1.00")):
        await each.quarter(1, wage=wage)

    async def listed(areas: list[str], **query: Any) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        while True:
            answer = await home.client.get(
                "/v1/incomes/expected-falls",
                params=query | ({"cursor": cursor} if cursor else {}),
                headers=headers(areas=areas),
            )
            assert answer.status_code == 200, answer.text
            found |= {row["household_id"]: row for row in answer.json()["items"]}
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return found

    own = {falls.id, rises.id, elsewhere.id}
    both = await listed([TOWN, OTHER_TOWN], limit=1)
    assert own & both.keys() == {falls.id, elsewhere.id}
    row = both[falls.id]
    assert (row["per_capita_net"], row["last_per_capita_net"], row["reasons"]) == ("16000.00", "20000.00", ["wage"])
    assert own & (await listed([TOWN])).keys() == {falls.id}
    assert own & (await listed([TOWN, OTHER_TOWN], area=OTHER_TOWN)).keys() == {elsewhere.id}
