"""The first quarter's plans: cohorts that follow the register, plans, progress, and the duty of each village."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from registry_world import COUNTY, OTHER_TOWN, household, member, ndjson, outbox, send
from roster_case import appoint, made, person, unit

from feed_reader import nothing_is_held_back
from registry.income_plans.service import follow_job
from registry.labels.service import follow_once
from servicekit.db import Database

_TOWNS = itertools.count(350)
_SERIALS = itertools.count(1)
JANUARY = datetime(2027, 1, 4, 4, tzinfo=UTC)
STEADY = {"y2026": "20000", "y2025": "19000", "y2024": "19000"}
FELL = {"y2026": "18000", "y2025": "20000", "y2024": "19000"}
FELL_TWICE = {"y2026": "18000", "y2025": "20000", "y2024": "21000"}


class Villages:
    """Two villages of the test's own, a cadre of the first, and what the worker does, on a day of 2027."""

    def __init__(self, client: httpx.AsyncClient, headers: Any, database: Database, move: Callable[[float], None]):
        self.client, self.make, self.database, self.move = client, headers, database, move

    def at(self, now: datetime) -> None:
        self.move(now.timestamp() - time.time())
        self.headers = dict(self.make())

    async def begin(self) -> None:
        self.at(JANUARY)
        town = f"990101{next(_TOWNS)}000"
        self.town, self.one, self.two = town, f"{town[:9]}201", f"{town[:9]}202"
        rows = [f"{town},计划镇,{COUNTY},2020-01-01"]
        rows += [f"{code},计划村{code},{town},2020-01-01" for code in (self.one, self.two)]
        listed = "code,name,parent_code,valid_from\n" + "\n".join(rows) + "\n"
        done = await send(self.client, listed.encode(), self.headers, kind="text/csv", path="/v1/areas/import")
        assert done.json()["state"] == "done", done.text
        belongs = await unit(self.client, self.headers, "village", self.one)
        self.cadre = await person(self.client, self.headers, belongs)
        await appoint(self.client, self.headers, self.cadre, "VILLAGE", self.one)

    async def home(self, hh_type: str = "0", **by_year: str) -> str:
        serial = next(_SERIALS)
        incomes = [{"year": int(year[1:]), "wage": wage} for year, wage in by_year.items()]
        body = household(
            f"99I{serial:07d}", member(serial, "19610615"), village_code=self.one, incomes=incomes, hh_type=hh_type
        )
        return str((await made(self.client, self.headers, "/v1/households", **body))["id"])

    async def follow(self) -> None:
        await nothing_is_held_back(self.database)
        while await follow_once(self.database):
            pass
        for _ in range(2):  # nothing is announced twice
            await follow_job(self.database)()

    async def said(self, village: str, year: int = 2027) -> list[tuple[int, str | None]]:
        told = await outbox(self.database, "registry.duty.v1", f"D13-{village}-{year}")
        return [(each["revision"], each.get("outcome")) for each in told]

    async def plan(self, home: str, caller: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        body = {
            "year": 2027, "needs": ["希望就近就业"], "target": "23000.00", "responsible": self.cadre,
            "measures": [{"category": "M02", "item": "介绍帮扶车间就业", "due_on": "2027-04-30"}],
        }  # fmt: skip
        place = f"/v1/households/{home}/income-plan"
        return await self.client.put(place, json=body | more, headers=caller or self.headers)

    async def read(self, path: str, caller: dict[str, str] | None = None, **params: Any) -> Any:
        answer = await self.client.get(path, params=params, headers=caller or self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def earned(self, home: str, wage: str) -> None:
        place = f"/v1/households/{home}/incomes/2026"
        answer = await self.client.put(place, json={"wage": wage}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        await self.follow()

    async def missing(self, **query: Any) -> list[str]:
        found = await self.read("/v1/income-cohorts/households", area=self.town, year=2027, is_planned="false", **query)
        assert found["total"] == len(found["items"])
        return [item["household_id"] for item in found["items"]]


@pytest.fixture
async def villages(
    client: httpx.AsyncClient, headers: Any, registry_database: Database, move_clock: Callable[[float], None]
) -> Villages:
    begun = Villages(client, headers, registry_database, move_clock)
    await begun.begin()
    return begun


async def test_three_cohorts_have_their_plans_by_the_end_of_march(villages: Villages, headers: Any) -> None:
    """F-A27: the cohorts of January, each household with a plan of the year, progress, and who is missing."""
    poor, fell, twice = (
        await villages.home("1", **STEADY),
        await villages.home(**FELL),
        await villages.home(**FELL_TWICE),
    )
    await villages.home(**STEADY)  # in no cohort
    await villages.follow()
    (told,) = await outbox(villages.database, "registry.duty.v1", f"D13-{villages.one}-2027")
    assert (told["due_on"], told["area_code"], told["household_id"]) == ("2027-03-31", villages.one, None)
    assert await villages.missing() == sorted([poor, fell, twice])
    assert await villages.missing(cohort="income_fell") == sorted([fell, twice])
    assert await villages.missing(cohort="income_fell_twice", reason="wage") == [twice]

    kept = await villages.plan(poor)
    assert kept.status_code == 200, kept.text
    assert (kept.json()["version"], kept.json()["made_on"]) == (1, "2027-01-04")
    assert (await villages.plan(poor)).json()["version"] == 1, "the same again"
    assert (await villages.plan(poor, target="24000")).json()["version"] == 2
    revisions = (await villages.read(f"/v1/households/{poor}/income-plans"))["items"]
    assert [(each["version"], each["target"]) for each in revisions] == [(2, "24000.00"), (1, "23000.00")]
    entries = (await villages.read(f"/v1/households/{poor}/timeline", kind="income_plan_made"))["items"]
    assert [entry["text"]["zh"] for entry in entries] == ["2027年增收计划，措施1项。"] * 2

    progress = await villages.read("/v1/income-cohorts", area=villages.town, year=2027, by="town")
    assert progress["due_on"] == "2027-03-31"
    (row,) = progress["items"]
    assert (row["area_path"][-1], progress["total"]["area_code"]) == ("计划镇", None)
    counts = {each["cohort"]: (each["due"], each["planned"], each["percent"]) for each in row["cohorts"]}
    assert counts == {
        None: (3, 1, "33.3"), "former_poor": (1, 1, "100.0"), "income_fell": (2, 0, "0.0"),
        "income_fell_twice": (1, 0, "0.0"),
    }  # fmt: skip
    whole = next(each for each in row["cohorts"] if each["cohort"] is None)
    assert {each["reason_label"]: each["due"] for each in whole["reasons"]} == {"务工收入减少": 2, None: 1}
    by_village = await villages.read("/v1/income-cohorts", area=villages.one)
    assert [item["area_code"] for item in by_village["items"]] == [villages.one]

    assert (await villages.plan(fell)).status_code == 200
    assert await villages.said(villages.one) == [(1, None)]
    assert (await villages.plan(twice)).status_code == 200
    assert await villages.said(villages.one) == [(1, None), (2, "done")], "at once"
    await villages.follow()
    assert await villages.said(villages.one) == [(1, None), (2, "done")]


async def test_who_is_in_the_cohorts_follows_corrections_of_the_register(villages: Villages) -> None:
    fell, steady = await villages.home(**FELL), await villages.home(**STEADY)
    await villages.follow()
    assert await villages.missing() == [fell]
    await villages.earned(fell, "20500")
    assert await villages.missing() == []
    assert await villages.said(villages.one) == [(1, None), (2, "cancelled")]
    await villages.earned(steady, "18999")
    assert await villages.missing() == [steady]
    assert await villages.said(villages.one) == [(1, None), (2, "cancelled"), (3, None)]
    await villages.earned(fell, "17000")  # it comes back, and is merged into the other
    assert await villages.missing() == sorted([fell, steady])
    place = f"/v1/households/{fell}"
    read = await villages.client.get(place, headers=villages.headers)
    relations = [{"id": read.json()["members"][0]["id"], "relation": "other"}]
    said = {"into": steady, "reason": "核对户口簿", "relations": relations}
    match = villages.headers | {"If-Match": read.headers["etag"]}
    merged = await villages.client.post(f"{place}/merge", json=said, headers=match)
    assert merged.status_code == 200, merged.text
    await villages.follow()
    assert await villages.missing() == [steady]
    change = {
        "effective_on": "2027-01-04", "source_document": "某县民政〔2027〕1号",
        "moves": [{"from_code": villages.one, "to_code": villages.two}], "closes": [villages.one],
    }  # fmt: skip
    moved = await villages.client.post("/v1/area-changes", json=change, headers=villages.headers)
    assert moved.status_code < 300, moved.text
    assert (await villages.said(villages.one))[-1] == (4, "cancelled")
    assert await villages.said(villages.two) == [(1, None)], "the household took what is owed along"
    (row,) = (await villages.read("/v1/income-cohorts", area=villages.town))["items"]
    assert (row["area_code"], row["cohorts"][0]["due"]) == (villages.two, 1)


async def test_who_comes_after_the_day_is_in_nobodys_duty_and_a_missed_plan_is_made_up_for(
    villages: Villages,
) -> None:
    missed = await villages.home(**FELL)
    await villages.follow()
    villages.at(datetime(2027, 4, 2, 4, tzinfo=UTC))
    late = await villages.home("1")
    await villages.follow()
    assert await villages.missing() == sorted([missed, late])
    villages.at(datetime(2028, 1, 5, 4, tzinfo=UTC))
    await villages.follow()
    assert await villages.said(villages.one) == [(1, None)], "owed still"
    assert await villages.said(villages.one, 2028) == [(1, None)], "the newcomer's"
    kept = await villages.plan(missed, year=2028, measures=[{"category": "M01", "item": "发展庭院经济"}])
    assert kept.status_code == 200, kept.text
    assert await villages.said(villages.one) == [(1, None), (2, "done")], "it never waited for the newcomer"
    listed = await villages.read("/v1/income-cohorts/households", area=villages.town)
    assert [item["household_id"] for item in listed["items"]] == [late]


async def test_the_plan_of_a_monitored_household_counts_from_the_year_in_which_it_is_made(villages: Villages) -> None:
    """F-A27: a county that imports its monitored households has the duty at once, its plans end it."""
    monitor = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}
    body = household("99I9000001", member(401, "19610615"), village_code=villages.one, monitor=monitor)
    await send(villages.client, ndjson(body), villages.headers)
    await villages.follow()
    assert await villages.said(villages.one) == [(1, None)]
    (home,) = await villages.missing(cohort="former_poor")
    (episode,) = (await villages.read("/v1/episodes", household_id=home))["items"]
    plan = {
        "needs": [{"description": "住院费用高", "risk_type": "01"}], "helper": "helper-1",
        "tasks": [
            {"title": title, "category": category, "department": "MED", "person": "p-1", "due_on": "2027-12-01"}
            for title, category in (("申请医疗救助", "M07"), ("介绍就业", "M02"))
        ],
    }  # fmt: skip
    made_plan = await villages.client.put(f"/v1/episodes/{episode['id']}/plan", json=plan, headers=villages.headers)
    assert made_plan.status_code == 200, made_plan.text
    await villages.follow()
    assert await villages.missing() == []
    assert await villages.said(villages.one) == [(1, None), (2, "done")]


async def test_a_plan_of_another_year_or_of_somebody_elsewhere_is_refused(villages: Villages, headers: Any) -> None:
    home = await villages.home("1")

    async def refused(caller: dict[str, str] | None = None, **more: Any) -> tuple[int, str, list[str]]:
        answer = await villages.plan(home, caller, **more)
        document = answer.json()
        return answer.status_code, document["code"], [error["code"] for error in document.get("errors", [])]

    invalid = "registry.income_plan.invalid"
    assert await refused(year=2026, measures=[{"category": "M01", "item": "发展庭院经济"}]) == (
        422, invalid, ["year.unfit"],
    )  # fmt: skip
    far = [{"category": "M01", "item": "发展庭院经济", "due_on": "2028-01-01"}]
    assert await refused(measures=far) == (422, invalid, ["due_on.other_year"])
    stranger = await person(
        villages.client, villages.headers, await unit(villages.client, villages.headers, "village", villages.two)
    )
    await appoint(villages.client, villages.headers, stranger, "VILLAGE", villages.two)
    assert await refused(responsible=stranger) == (422, invalid, ["responsible.unfit"])
    assert (await refused(headers(areas=[OTHER_TOWN])))[:2] == (404, "registry.household.not_found")
    assert (await refused(headers(department="HRS")))[:2] == (403, "registry.income_plan.not_departments")
    assert (await refused(headers(scopes=["households:read"])))[0] == 403
    outside = {"params": {"area": villages.town}, "headers": headers(areas=[OTHER_TOWN])}
    for path in ("/v1/income-cohorts", "/v1/income-cohorts/households"):
        assert (await villages.client.get(path, **outside)).status_code == 404
    assert (await villages.read(f"/v1/households/{home}/income-plans"))["items"] == []
