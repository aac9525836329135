"""What a household's snapshot says of moves, of who came later, of unsafe guarantees; income a head of the year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
from registry_world import OTHER_VILLAGE, VILLAGE, household, member, ndjson, outbox, send

from servicekit import clock
from servicekit.db import Database

AMOUNTS = {"wage": "30000.00", "self_paid": "3000.00"}


class Home:
    """A household of the test's own."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], database: Database, sequence: int) -> None:
        self.client, self.headers, self.database, self.sequence = client, headers, database, sequence
        self.id = ""
        self.members: list[dict[str, Any]] = []

    async def register(self, **changes: Any) -> Home:
        incomes = [{"year": clock.today().year - back, **AMOUNTS} for back in (0, 1)]
        self.body = household(f"99H00{self.sequence}", member(self.sequence), incomes=incomes) | changes
        made = await self.client.post("/v1/households", json=self.body, headers=self.headers)
        assert made.status_code == 201, made.text
        self.id, self.members = made.json()["id"], made.json()["members"]
        return self

    async def patch(self, **body: Any) -> dict[str, Any]:
        answer = await self.client.patch(
            f"/v1/households/{self.id}", json=body, headers=self.headers | {"If-Match": "*"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def import_(self, **changes: Any) -> None:
        done = await send(self.client, ndjson(self.body | changes), self.headers)
        assert done.json()["households"] == 1, done.text

    async def told(self) -> dict[str, Any]:
        return (await outbox(self.database, "registry.household.v1", self.id))[-1]

    async def a_head(self) -> dict[int, tuple[str, str]]:
        """Net and reference income a head of the years, as rules get them."""
        found = {row["year"]: (row["per_capita_net"], row["ref_per_capita"]) for row in (await self.told())["incomes"]}
        shown = (await self.client.get(f"/v1/households/{self.id}/incomes", headers=self.headers)).json()["items"]
        current = {row["year"]: row["per_capita_net"] for row in shown if row["superseded_at"] is None}
        assert current == {year: net for year, (net, _) in found.items()}
        return found


def child(sequence: int) -> dict[str, Any]:
    born = clock.today() - timedelta(days=20)
    given = member(sequence, f"{born:%Y%m%d}", relation="child", labour="5", id_no=None)
    return {name: value for name, value in given.items() if value is not None}


async def test_income_a_head_of_the_year_follows_birth_and_death_and_of_past_years_it_stays(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await Home(client, county, registry_database, 321).register()
    year = clock.today().year
    alone, two = ("30000.00", "27000.00"), ("15000.00", "13500.00")
    born = await home.patch(members=[child(322)])
    assert await home.a_head() == {year - 1: alone, year: two}
    baby = next(each for each in born["members"] if each["relation"] == "child")
    day = clock.today().isoformat()
    await home.patch(members=[{"id": baby["id"], "left_on": day, "left_reason": "死亡"}])
    assert await home.a_head() == {year - 1: alone, year: alone}


async def test_amounts_of_a_past_year_that_are_mended_are_divided_by_those_of_then(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await Home(client, county, registry_database, 323).register()
    year = clock.today().year
    await home.patch(members=[child(324)])
    for wage in ("30000.00", "40000.00"):
        mended = await client.put(
            f"/v1/households/{home.id}/incomes/{year - 1}", json=AMOUNTS | {"wage": wage}, headers=county
        )
        assert (mended.status_code, mended.json()["per_capita_net"]) == (200, wage)
    assert (await home.a_head())[year] == ("15000.00", "13500.00")


async def test_a_file_with_a_new_member_leaves_past_years_as_they_were(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await Home(client, county, registry_database, 325).register()
    year = clock.today().year
    await home.import_(members=[member(325), member(326, relation="spouse", female=True)])
    assert await home.a_head() == {year - 1: ("30000.00", "27000.00"), year: ("15000.00", "13500.00")}
    without_year = [{"year": year - 1, **AMOUNTS}]
    await home.import_(incomes=without_year)
    assert await home.a_head() == {year - 1: ("30000.00", "27000.00"), year: ("30000.00", "27000.00")}
    members = (await home.told())["members"]
    assert [each["came_on"] for each in members] == [None]


async def test_whoever_comes_later_has_a_day_and_whoever_was_there_from_the_start_has_none(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await Home(client, county, registry_database, 331).register()
    day = (clock.today() - timedelta(days=3)).isoformat()
    spouse = member(332, relation="spouse", female=True)
    await home.patch(occurred_on=day, members=[{name: value for name, value in spouse.items() if value is not None}])
    await home.import_(members=[member(331), spouse, member(333, relation="parent")], as_of=clock.today().isoformat())
    found = {each["relation"]: each["came_on"] for each in (await home.told())["members"]}
    assert found == {"head": None, "spouse": day, "parent": clock.today().isoformat()}


async def test_a_household_that_moves_says_since_when_and_whence_whatever_moved_it(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    async def of(home: Home) -> tuple[str, date | None, str | None]:
        told = await home.told()
        return told["area_code"], told["moved_on"], told["moved_from"]

    today = clock.today()
    by_hand = await Home(client, county, registry_database, 341).register()
    assert await of(by_hand) == (VILLAGE, None, None)
    day = (today - timedelta(days=9)).isoformat()
    await by_hand.patch(village_code=OTHER_VILLAGE, occurred_on=day)
    assert await of(by_hand) == (OTHER_VILLAGE, day, VILLAGE)
    await by_hand.patch(hh_type="1")
    assert await of(by_hand) == (OTHER_VILLAGE, day, VILLAGE), "another change is no move"
    by_file = await Home(client, county, registry_database, 342).register()
    await by_file.import_(village_code=OTHER_VILLAGE, as_of=today.isoformat())
    assert await of(by_file) == (OTHER_VILLAGE, today.isoformat(), VILLAGE)
    by_area = await Home(client, county, registry_database, 343).register()
    move = {"from_code": VILLAGE, "to_code": OTHER_VILLAGE, "household_ids": [by_area.id]}
    body = {"effective_on": today.isoformat(), "source_document": "分村", "moves": [move]}
    made = await client.post("/v1/area-changes", json=body, headers=county)
    assert made.status_code == 201, made.text
    assert await of(by_area) == (OTHER_VILLAGE, today.isoformat(), VILLAGE)


async def test_what_a_visit_found_unsafe_reaches_the_rules_until_it_is_safe(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await Home(client, county, registry_database, 351).register()

    async def found(checked_on: str, **safe: bool) -> list[str]:
        statuses = {kind: {"is_safe": is_safe, "checked_on": checked_on} for kind, is_safe in safe.items()}
        answer = await client.put(f"/v1/households/{home.id}/statuses", json={"statuses": statuses}, headers=county)
        assert answer.status_code == 200, answer.text
        return list((await home.told())["unsafe_statuses"])

    assert (await home.told())["unsafe_statuses"] == []
    assert await found("2026-10-10", water=False, education=False, housing=True) == ["education", "water"]
    assert await found("2026-10-01", water=True) == ["education", "water"], "an older check told late"
    assert await found("2026-10-20", water=True, medical=False) == ["education", "medical"]
    assert await found("2026-10-21", education=True, medical=True) == []
