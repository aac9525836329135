"""Collective income of villages: recorded once a year, corrected, listed with sums, and owed until it is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from registry_world import COUNTY, OTHER_TOWN, household, member, outbox, send
from roster_case import made

from registry.collective_income.service import follow_job
from servicekit.db import Database

_TOWNS = itertools.count(450)
_SERIALS = itertools.count(1)


class Villages:
    """Two villages of the test's own, on a day of 2027."""

    def __init__(self, client: httpx.AsyncClient, headers: Any, database: Database, move: Callable[[float], None]):
        self.client, self.make, self.database, self.move = client, headers, database, move

    def at(self, now: datetime) -> None:
        self.move(now.timestamp() - time.time())
        self.headers = dict(self.make())

    async def begin(self) -> None:
        self.at(datetime(2027, 1, 4, 4, tzinfo=UTC))
        town = f"990101{next(_TOWNS)}000"
        self.town, self.one, self.two = town, f"{town[:9]}201", f"{town[:9]}202"
        rows = [f"{town},集体镇,{COUNTY},2020-01-01"]
        rows += [f"{code},集体村{code},{town},2020-01-01" for code in (self.one, self.two)]
        listed = "code,name,parent_code,valid_from\n" + "\n".join(rows) + "\n"
        done = await send(self.client, listed.encode(), self.headers, kind="text/csv", path="/v1/areas/import")
        assert done.json()["state"] == "done", done.text
        serial = next(_SERIALS)  # a county has begun when somebody is registered in it
        home = household(f"99V{serial:07d}", member(serial, "19620615"), village_code=self.two)
        await made(self.client, self.headers, "/v1/households", **home)

    async def said(self, village: str, year: int = 2027) -> list[tuple[int, str | None, str]]:
        for _ in range(2):  # nothing is announced twice
            await follow_job(self.database)()
        told = await outbox(self.database, "registry.duty.v1", f"D16-{village}-{year}")
        return [(each["revision"], each.get("outcome"), each["due_on"]) for each in told]

    async def put(
        self, village: str, year: int = 2027, caller: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        body = {
            "income": "180000.00", "distributed": "126000.00", "households": 210, "settled_on": f"{year}-01-04",
            "evidence": "村民代表会议8号,公示7日",
        }  # fmt: skip
        place = f"/v1/collective-incomes/{village}/{year}"
        return await self.client.put(place, json=body | more, headers=caller or self.headers)

    async def listed(self, **query: Any) -> Any:
        answer = await self.client.get(
            "/v1/collective-incomes", params={"area": self.town} | query, headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def villages(
    client: httpx.AsyncClient, headers: Any, registry_database: Database, move_clock: Callable[[float], None]
) -> Villages:
    begun = Villages(client, headers, registry_database, move_clock)
    await begun.begin()
    return begun


async def test_each_village_distributes_by_the_end_of_september(villages: Villages) -> None:
    """F-C33: who has distributed by 30 September, and what was not distributed."""
    due = "2027-09-30"
    assert await villages.said(villages.one) == [(1, None, due)]
    told = await villages.put(villages.one)
    assert told.status_code == 200, told.text
    assert (told.json()["version"], told.json()["balance"]) == (1, "54000.00")
    assert (await villages.put(villages.one)).json()["version"] == 1, "the same again"
    outcome = await outbox(villages.database, "registry.duty.v1", f"D16-{villages.one}-2027")
    assert [(each["revision"], each.get("outcome")) for each in outcome] == [(1, None), (2, "done")], "at once"
    assert (await villages.put(villages.one, distributed="180000.00")).json()["version"] == 2
    assert await villages.said(villages.one) == [(1, None, due), (2, "done", due)]
    kept = await villages.client.get(f"/v1/collective-incomes/{villages.one}/2027", headers=villages.headers)
    assert [each["balance"] for each in kept.json()["items"]] == ["0.00", "54000.00"]
    nothing = {"income": "900", "distributed": "0", "households": 0, "evidence": "村民代表会议决定留作公益金"}
    assert (await villages.put(villages.two, **nothing)).status_code == 200
    whole = await villages.listed()
    assert (whole["year"], whole["due_on"]) == (2027, due)
    assert whole["totals"] == {
        "villages": 2, "recorded": 2, "income": "180900.00", "distributed": "180000.00", "balance": "900.00",
        "households": 210,
    }  # fmt: skip
    assert [row["village_code"] for row in whole["items"]] == [villages.one, villages.two]
    assert whole["items"][0]["area_path"][-1] == f"集体村{villages.one}"
    first = await villages.listed(limit=1)
    second = await villages.listed(limit=1, cursor=first["next_cursor"])
    assert [row["village_code"] for row in (*first["items"], *second["items"])] == [villages.one, villages.two]
    assert [row["village_code"] for row in (await villages.listed(has_balance="true"))["items"]] == [villages.two]
    assert (await villages.listed(is_recorded="false"))["items"] == []


async def test_what_was_missed_is_owed_until_it_is_told_and_a_merged_village_owes_nothing(villages: Villages) -> None:
    assert [outcome for _, outcome, _ in await villages.said(villages.one)] == [None]
    assert [outcome for _, outcome, _ in await villages.said(villages.two)] == [None]
    villages.at(datetime(2028, 1, 5, 4, tzinfo=UTC))
    assert [outcome for _, outcome, _ in await villages.said(villages.one)] == [None]
    assert await villages.said(villages.one, 2028) == [(1, None, "2028-09-30")]
    assert (await villages.put(villages.one, 2027)).status_code == 200
    assert [outcome for _, outcome, _ in await villages.said(villages.one)] == [None, "done"]
    assert [outcome for _, outcome, _ in await villages.said(villages.one, 2028)] == [None], "a year of its own"
    change = {
        "effective_on": "2028-01-05", "source_document": "某县民政〔2028〕1号",
        "moves": [{"from_code": villages.one, "to_code": villages.two}], "closes": [villages.one],
    }  # fmt: skip
    moved = await villages.client.post("/v1/area-changes", json=change, headers=villages.headers)
    assert moved.status_code < 300, moved.text
    assert [outcome for _, outcome, _ in await villages.said(villages.one, 2028)] == [None, "cancelled"]
    assert {row["village_code"] for row in (await villages.listed(year=2027))["items"]} == {villages.one, villages.two}
    assert [row["village_code"] for row in (await villages.listed())["items"]] == [villages.two]
    assert (await villages.put(villages.one, 2028)).status_code == 404, "there is no such village any more"
    assert (await villages.put(villages.one, 2027, income="200000")).status_code == 200, "what it said is corrected"


async def test_who_says_what_a_village_distributed(villages: Villages, headers: Any) -> None:
    invalid = await villages.put(villages.one, distributed="180000.01", households=0)
    assert (invalid.status_code, invalid.json()["code"]) == (422, "registry.collective_income.invalid")
    assert [error["code"] for error in invalid.json()["errors"]] == ["distributed.above", "households.missing"]
    elsewhere = headers(areas=[OTHER_TOWN])
    assert (await villages.put(villages.one, caller=elsewhere)).status_code == 404
    assert (await villages.put(villages.one, caller=headers(scopes=["areas:read"]))).status_code == 403
    assert (await villages.put(f"{villages.town[:9]}299")).status_code == 404, "no such village"
    assert (await villages.put(villages.town)).status_code == 404, "a township distributes nothing"
    for path in (f"/v1/collective-incomes/{villages.one}/2027", f"/v1/collective-incomes?area={villages.town}"):
        assert (await villages.client.get(path, headers=elsewhere)).status_code == 404
