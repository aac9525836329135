"""What households lack of the guarantees: opened and closed by the statuses, as it was known on a day."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from registry_world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE
from sqlalchemy import insert, text
from status_case import HOUSES, Home

from contracts.vocabulary import Guarantee
from registry.guarantees.rules import settle
from registry.guarantees.tables import GuaranteeClaim, GuaranteeStatus
from registry.households.service import changing
from servicekit.clock import CHINA
from servicekit.db import Database

OCTOBER = datetime(2026, 10, 12, 4, tzinfo=UTC)


class Ledger:
    """A household of the test's own, on days that the test says."""

    def __init__(self, home: Home, make_headers: Any, move: Callable[[float], None]) -> None:
        self.home, self.make_headers, self.move = home, make_headers, move

    def on(self, month: int, day: int) -> None:
        self.move(datetime(2026, month, day, 4, tzinfo=UTC).timestamp() - time.time())
        self.home.headers = dict(self.make_headers())

    async def ask(self, path: str = "", caller: dict[str, str] | None = None, **query: Any) -> Any:
        answer = await self.home.client.get(f"/v1/shortfalls{path}", params=query, headers=caller or self.home.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, **query: str) -> list[tuple[str, str, str, str | None]]:
        found = await self.ask(household_id=self.home.id, state="any", **query)
        assert found["total"] == len(found["items"])
        return [(row["source"], row["since_on"], row["state"], row["closed_by"]) for row in found["items"]]


@pytest.fixture
async def ledger(
    client: httpx.AsyncClient, headers: Any, registry_database: Database, move_clock: Callable[[float], None]
) -> Ledger:
    move_clock(OCTOBER.timestamp() - time.time())
    home = await Home(client, dict(headers()), registry_database).register()
    return Ledger(home, headers, move_clock)


async def test_a_status_opens_a_shortfall_and_another_closes_it(ledger: Ledger) -> None:
    """F-B01: what, whose, by when, closed."""
    await ledger.home.hear(ledger.home.claim(as_of=date(2026, 9, 18)))
    found = await ledger.ask(household_id=ledger.home.id)
    [row] = found["items"]
    assert row["title"]["household"]["hh_no"].startswith("99G00")
    assert row["title"]["area_path"][-1] == "甲村"
    assert {
        name: row[name]
        for name in ("guarantee", "department", "since_on", "opened_on", "due_on", "source", "detail", "age_days")
    } == {
        "guarantee": "housing", "department": "HOU", "since_on": "2026-09-18", "opened_on": "2026-10-12",
        "due_on": "2027-04-10", "source": HOUSES, "detail": {"zh": "鉴定为D级", "en": "graded D"}, "age_days": 24,
    }  # fmt: skip
    assert (row["state"], row["is_overdue"], row["closed_on"], row["closed_by"]) == ("open", False, None, None)

    ledger.on(11, 5)
    await ledger.home.visit(1, is_safe=True)
    assert await ledger.listed() == [(HOUSES, "2026-09-18", "closed", "visit")]
    [row] = (await ledger.ask(household_id=ledger.home.id, state="closed"))["items"]
    assert (row["closed_on"], row["age_days"]) == ("2026-11-05", 48)
    assert (await ledger.ask(household_id=ledger.home.id))["items"] == []


async def test_what_was_known_at_a_months_end_stays_so(ledger: Ledger) -> None:
    """F-B12: it stands in the ledger until it is cleared."""
    await ledger.home.hear(ledger.home.claim(as_of=date(2026, 9, 18)))
    ledger.on(11, 5)
    await ledger.home.hear(ledger.home.taken_back())
    ledger.on(11, 20)
    await ledger.home.visit(0, is_safe=False)
    first = (HOUSES, "2026-09-18", "closed", "withdrawn")
    assert await ledger.listed() == [first, ("visit", "2026-11-20", "open", None)]
    assert await ledger.listed(as_of="2026-11-19") == [first]
    assert await ledger.listed(as_of="2026-10-31") == [(HOUSES, "2026-09-18", "open", None)]
    assert await ledger.listed(as_of="2026-10-11") == []


async def test_a_day_past_is_overdue_by_the_countys_number(ledger: Ledger, set_policy: Any) -> None:
    body = {
        "effective_from": "2026-10-13",
        "source_document": "整改期限",
        "parameters": {"guarantees.housing_days": "20"},
    }
    assert (await set_policy(COUNTY, body)).status_code == 200
    await ledger.home.hear(ledger.home.claim())
    ledger.on(11, 1)
    mine = {"household_id": ledger.home.id}
    assert [row["due_on"] for row in (await ledger.ask(**mine, overdue="false"))["items"]] == ["2026-11-01"]
    ledger.on(11, 2)
    assert [row["is_overdue"] for row in (await ledger.ask(**mine, overdue="true"))["items"]] == [True]


async def test_a_household_that_ended_lacks_nothing_any_more(ledger: Ledger) -> None:
    await ledger.home.hear(ledger.home.claim())
    ledger.on(11, 3)
    ends = text("UPDATE household SET status = 'ended' WHERE id = :id")
    async with (
        ledger.home.database.transaction() as session,
        changing(session, [ledger.home.id], cause="ended", by="test"),
    ):
        await session.execute(ends, {"id": ledger.home.id})
    assert [(row[2], row[3]) for row in await ledger.listed()] == [("closed", "household_ended")]
    assert [row[2] for row in await ledger.listed(as_of="2026-11-02")] == ["open"]


async def test_counts_by_area_and_in_all(ledger: Ledger, client: httpx.AsyncClient) -> None:
    """F-B20, F-B22: dynamic zero is a figure, of each guarantee, zero included."""
    other = await Home(client, ledger.home.headers, ledger.home.database).register(village_code=OTHER_VILLAGE)
    mine = {"area": OTHER_TOWN, "by": "town"}
    assert {row["guarantee"]: row["is_cleared"] for row in (await ledger.ask("/counts", **mine))["totals"]} == (
        dict.fromkeys(("education", "medical", "housing", "water"), True)
    )
    await other.hear(other.claim(as_of=date(2026, 9, 1)))
    ledger.on(11, 5)
    counted = await ledger.ask("/counts", **mine, as_of="2026-10-31")
    [row] = counted["items"]
    assert (row["area_code"], row["area_path"][-1], row["guarantee"], row["open"]) == (OTHER_TOWN, "乙镇", "housing", 1)
    assert (row["opened_in_month"], row["closed_in_month"], row["oldest_days"]) == (1, 0, 60)
    other.headers = ledger.home.headers
    await other.visit(0, is_safe=True)
    counted = await ledger.ask("/counts", **mine, guarantee="housing")
    [total] = counted["totals"]
    assert (total["open"], total["closed"], total["closed_in_month"], total["is_cleared"]) == (0, 1, 1, True)
    assert total["oldest_days"] is None


async def test_a_department_sees_its_own_guarantees_and_an_area_its_own_households(
    ledger: Ledger, headers: Any
) -> None:
    await ledger.home.hear(ledger.home.claim())
    mine = {"household_id": ledger.home.id}
    for department, number in (("HOU", 1), ("MED", 0)):
        liaison = headers(scopes=["duties:read"], department=department, client_id=f"liaison-{department}")
        found = await ledger.ask(caller=liaison, **mine)
        assert (found["total"], found["titles"]) == (number, "refused")
    kinds = (await ledger.ask("/counts", caller=headers(department="MED", client_id="med")))["totals"]
    assert [row["guarantee"] for row in kinds] == ["medical"]
    for area, number in ((TOWN, 1), (OTHER_TOWN, 0)):
        assert (await ledger.ask(caller=headers(areas=[area], client_id=area), **mine))["total"] == number
    refused = await ledger.home.client.get(
        "/v1/shortfalls", params={"as_of": "2026-10-13"}, headers=ledger.home.headers
    )
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "as_of.range")


async def test_pages_follow_each_other(ledger: Ledger, client: httpx.AsyncClient) -> None:
    homes = [ledger.home]
    homes += [await Home(client, ledger.home.headers, ledger.home.database).register() for _ in range(2)]
    for home in homes:
        await home.hear(home.claim())
    seen, query = [], {"limit": "1", "area": VILLAGE}
    while True:
        page = await ledger.ask(**query)
        assert page["total"] >= len(homes)
        seen += [row["household_id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == page["total"]
    assert {home.id for home in homes} <= set(seen)


class Version(NamedTuple):
    """A version of what a source said."""

    source: str
    is_safe: bool
    checked_on: date
    recorded_at: datetime
    superseded_at: datetime | None
    kind: str = "housing"


def versions_of(dice: random.Random) -> list[Version]:
    """What a visit and two datasets said in turn, each at instants of its own."""
    found, hour = [], 0
    standing: dict[str, Version] = {}
    for _ in range(dice.randint(1, 12)):
        hour += dice.randint(1, 40)
        at = OCTOBER - timedelta(days=60) + timedelta(hours=hour)
        source = dice.choice(("visit", HOUSES, "DS-HOU-OTHER"))
        if (before := standing.pop(source, None)) is not None:
            found.append(before._replace(superseded_at=at))
        if source == "visit" or dice.random() < 0.75:
            day = at.astimezone(CHINA).date() - timedelta(days=dice.randint(0, 6))
            standing[source] = Version(source, dice.random() < 0.5, day, at, None)
    return [*found, *standing.values()]


def lasted(versions: list[Version]) -> list[tuple[str, datetime, datetime | None]]:
    """Which version opened each shortfall, when, and when it was closed; by what counts at every instant."""
    moments = sorted({at for each in versions for at in (each.recorded_at, each.superseded_at) if at is not None})
    found: list[tuple[str, datetime, datetime | None]] = []
    is_open = False
    for at in moments:
        standing = [v for v in versions if v.recorded_at <= at and (v.superseded_at is None or v.superseded_at > at)]
        newest = settle(standing).get("housing")
        if newest is not None and not newest[0].is_safe:
            if not is_open:
                found.append((newest[0].source, at, None))
            is_open = True
        elif is_open:
            found[-1] = (*found[-1][:2], at)
            is_open = False
    return found


async def test_the_statement_finds_what_the_rule_of_statuses_says_at_every_instant(
    ledger: Ledger, client: httpx.AsyncClient
) -> None:
    dice = random.Random(20261012)
    homes = {}
    for _ in range(40):
        home = await Home(client, ledger.home.headers, ledger.home.database).register()
        homes[home.id] = versions_of(dice)
    async with ledger.home.database.transaction() as session:
        for home_id, versions in homes.items():
            for number, each in enumerate(versions, 1):
                row = each._asdict() | {"household_id": UUID(home_id), "version": number}
                if row.pop("source") == "visit":
                    await session.execute(insert(GuaranteeStatus).values(**row, recorded_by="test"))
                else:
                    more = {"source": each.source, "department": "HOU", "detail": {"zh": "甲", "en": "a"}}
                    await session.execute(insert(GuaranteeClaim).values(**row, **more))
    for home_id, versions in homes.items():
        found = (await ledger.ask(household_id=home_id, state="any", guarantee=Guarantee.HOUSING.value))["items"]
        shown = [(row["source"], row["opened_on"], row["closed_on"]) for row in found]
        expected = [
            (source, str(at.astimezone(CHINA).date()), str(end.astimezone(CHINA).date()) if end else None)
            for source, at, end in lasted(versions)
        ]
        assert shown == expected, versions
