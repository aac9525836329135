"""Targets: proposed by one, approved by another, held against frozen figures; bad targets are refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, event_of

from alerts.figures.consumers import on_computed
from contracts.indicators import Cell, period_of
from contracts.sharing import SharingIndicatorComputed
from servicekit.db import Database

Headers = Callable[..., dict[str, str]]
READ, WRITE = "supervision:read", "supervision:write"
PLACE, NATION = "/v1/targets", "000000000000"


@pytest.fixture
def at(move_clock: Callable[[float], None]) -> Callable[[str], None]:
    """Move the clock to a noon in China."""

    def move(day: str) -> None:
        move_clock(datetime.fromisoformat(f"{day}T04:00:00+00:00").timestamp() - time.time())

    return move


@pytest.fixture(autouse=True)
def spring(at: Callable[[str], None]) -> None:
    """A day of 2027's first quarter."""
    at("2027-02-10")


def target(**changes: Any) -> dict[str, Any]:
    if changes.get("period", "2027") != "2027":
        changes = {"milestones": []} | changes
    return {
        "area_code": COUNTY, "indicator": "workers", "period": "2027", "value": "17800", "source": "工作要点",
        "milestones": [{"due_on": "2027-03-31", "share": "90"}, {"due_on": "2027-04-30", "share": "100"}],
    } | changes  # fmt: skip


class Desk:
    """Two people of the county."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, database: Database) -> None:
        self.client = client
        self.database = database
        self.first, self.second = (headers(READ, WRITE, client_id=name) for name in ("first", "second"))

    async def propose(self, **changes: Any) -> dict[str, Any]:
        answer = await self.client.post(PLACE, json=target(**changes), headers=self.first)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def decide(self, one: dict[str, Any], *, agrees: bool = True, who: str = "second") -> httpx.Response:
        said = {"agrees": agrees, "note": "与要点核对"}
        caller = getattr(self, who) | {"If-Match": f'"v{one["revision"]}"'}
        return await self.client.post(f"{PLACE}/{one['id']}/decision", json=said, headers=caller)

    async def set(self, **changes: Any) -> dict[str, Any]:
        answer = await self.decide(await self.propose(**changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def revise(self, one: dict[str, Any], **changes: Any) -> httpx.Response:
        body = {
            name: value for name, value in (target() | changes).items() if name in ("value", "milestones", "source")
        }
        caller = self.first | {"If-Match": f'"v{one["revision"]}"'}
        return await self.client.put(f"{PLACE}/{one['id']}", json=body | {"note": "调整"}, headers=caller)

    async def figure(
        self, indicator: str, period: str, cells: dict[str, tuple[str, str | None]], day: str, version: int = 1
    ) -> None:
        """Have a service announce a figure that was computed on a day."""
        event = SharingIndicatorComputed(
            indicator_id=indicator, period=period, version=version, as_of=period_of(period).last,
            computed_at=datetime.fromisoformat(f"{day}T02:00:00+00:00"), why="calendar", part=1, parts=1,
            cells=[Cell(area_code=area, numerator=up, denominator=down) for area, (up, down) in cells.items()],
        )  # fmt: skip
        async with self.database.transaction() as session:
            await on_computed(session, [event_of(event)])

    async def progress(self, one: dict[str, Any], as_of: str, caller: dict[str, str] | None = None) -> dict[str, Any]:
        place = f"{PLACE}/{one['id']}/progress"
        answer = await self.client.get(place, params={"as_of": as_of}, headers=caller or self.second)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def desk(client: httpx.AsyncClient, headers: Headers, alerts_database: Database) -> Desk:
    return Desk(client, headers, alerts_database)


def states(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["due_on"], one["state"]) for one in told["milestones"]]


async def test_milestones_are_judged_by_the_figure_of_their_month_and_pending_without_it(
    desk: Desk, at: Callable[[str], None]
) -> None:
    """F-C13: 90 % by 31 March, 100 % by 30 April; a missing figure is neither zero nor red."""
    one = await desk.set(period="2027", area_code=TOWN, value="100")
    told = await desk.progress(one, "2027-02-10")
    assert states(told) == [("2027-03-31", "pending"), ("2027-04-30", "pending")]
    await desk.figure("workers", "2027-02", {VILLAGE: ("95", None), OTHER_VILLAGE: ("900", None)}, "2027-03-01")
    told = await desk.progress(one, "2027-04-01")
    assert (states(told)[0], told["milestones"][0]["actual"]) == (("2027-03-31", "pending"), None), (
        "February is not March"
    )
    assert told["latest"]["actual"] == "95"
    await desk.figure("workers", "2027-03", {VILLAGE: ("90", None), OTHER_VILLAGE: ("900", None)}, "2027-04-01")
    await desk.figure("workers", "2027-04", {VILLAGE: ("99", None)}, "2027-05-01")
    told = await desk.progress(one, "2027-04-30")
    assert states(told) == [("2027-03-31", "green"), ("2027-04-30", "red")]
    assert [Decimal(m["gap"]) for m in told["milestones"]] == [0, -1]
    assert [Decimal(m["wanted"]) for m in told["milestones"]] == [90, 100]
    assert (told["result"]["state"], Decimal(told["result"]["actual"])) == ("pending", 99), "the year is not over"
    assert "100" in told["milestones"][1]["rule"]


async def test_a_figure_stays_with_the_target_of_when_it_was_frozen_and_the_newer_one_stands_beside(
    desk: Desk, at: Callable[[str], None]
) -> None:
    one = await desk.set(area_code=TOWN, period="2028", value="50", milestones=[])
    at("2028-02-01")
    await desk.figure("workers", "2028-01", {VILLAGE: ("60", None)}, "2028-02-01")
    at("2028-02-05")
    revised = await desk.revise(one, value="80", milestones=[])
    assert revised.status_code == 200, revised.text
    told = await desk.progress(one, "2028-02-05")
    assert (told["periods"][0]["wanted"], told["periods"][0]["newer"]) == ("50.00", None), "nobody approved it"
    assert (await desk.decide(revised.json())).status_code == 200
    await desk.figure("workers", "2028-02", {VILLAGE: ("60", None)}, "2028-03-01")
    told = await desk.progress(one, "2028-03-01")
    shown = [(p["state"], Decimal(p["wanted"]), p["version"], p["newer"]) for p in told["periods"]]
    assert shown == [("green", 50, 1, "80.00"), ("red", 80, 2, None)]
    await desk.figure("workers", "2028-01", {VILLAGE: ("40", None)}, "2028-03-05", version=2)
    told = await desk.progress(one, "2028-03-05")
    assert (told["periods"][0]["state"], told["periods"][0]["version"]) == ("red", 1), "a corrected figure is followed"


async def test_growth_is_held_against_statistics_own_last_year_and_a_value(
    desk: Desk, at: Callable[[str], None]
) -> None:
    """F-C01 F-C02 F-C05 F-C06: nominal growth of means weighted by persons; what is missing is said."""
    growth: dict[str, Any] = {
        "area_code": TOWN, "indicator": "income_per_head", "measure": "growth", "period": "2027", "milestones": [],
    }  # fmt: skip
    fixed = await desk.set(**growth, value="10")
    of_series = {"kind": "series", "series": "rural_disposable_growth", "area_code": COUNTY}
    above = await desk.set(**growth, value=None, direction="more_than", benchmark=of_series)
    own = await desk.set(**growth, value=None, benchmark={"kind": "figure", "years_back": 1})
    city = {"kind": "series", "series": "former_poor_growth", "area_code": "990100000000", "years_back": 1}
    against_city = await desk.set(**growth, value=None, benchmark=city)
    await desk.figure("income_per_head", "2027", {VILLAGE: ("1100", "10"), OTHER_VILLAGE: ("1", "1")}, "2028-01-01")
    await desk.figure("income_per_head", "2026", {VILLAGE: ("500", "5")}, "2027-01-01")
    at("2028-02-01")
    told = await desk.progress(fixed, "2028-02-01")
    assert (told["result"]["state"], told["result"]["actual"]) == ("green", "10.00"), "exactly ten is at least ten"
    told = await desk.progress(own, "2028-02-01")
    assert told["result"]["state"] == "pending"
    assert "2025" in told["result"]["why"], "no figure two years before"
    await desk.figure("income_per_head", "2025", {VILLAGE: ("450", "5")}, "2026-01-01")
    told = await desk.progress(own, "2028-02-01")
    assert (told["result"]["state"], told["result"]["wanted"]) == ("red", "11.11")
    told = await desk.progress(above, "2028-02-01")
    assert (told["result"]["state"], told["result"]["wanted"]) == ("pending", None)

    async def enter(**changes: Any) -> None:
        said = {"series": "rural_disposable_income", "area_code": COUNTY, "source": "公报"} | changes
        body = {"kept_by": COUNTY, "values": [said]}
        assert (await desk.client.post("/v1/series-values", json=body, headers=desk.first)).status_code == 201

    await enter(period="2026", value="20000")
    await enter(period="2027", value="22000")
    told = await desk.progress(above, "2028-02-01")
    assert (told["result"]["state"], told["result"]["wanted"]) == ("red", "10.00"), "ten is not more than ten"
    assert len(told["latest"]["benchmark_entries"]) == 2
    await enter(series="rural_disposable_growth", period="2027", value="9.99")
    told = await desk.progress(above, "2028-02-01")
    assert (told["result"]["state"], told["result"]["wanted"]) == ("green", "9.99"), "what was published wins"
    await enter(series="former_poor_growth", area_code="990100000000", period="2026", value="12.50")
    assert (await desk.progress(against_city, "2028-02-01"))["result"]["state"] == "red"


async def test_a_rate_of_nothing_is_pending(desk: Desk) -> None:
    one = await desk.set(indicator="leavers_enrolled", value="90", milestones=[], area_code=VILLAGE)
    await desk.figure("leavers_enrolled", "2027-01", {OTHER_VILLAGE: ("1", "1")}, "2027-02-01")
    told = await desk.progress(one, "2027-02-10")
    assert (told["periods"][0]["state"], told["periods"][0]["actual"]) == ("pending", None)


async def test_nobody_approves_what_they_proposed_and_nothing_counts_before(desk: Desk) -> None:
    one = await desk.propose(period="2029")
    told = await desk.progress(one, "2029-06-30")
    assert (told["result"]["state"], told["periods"]) == ("pending", [])
    own = await desk.decide(one, who="first")
    assert (own.status_code, own.json()["code"]) == (403, "alerts.target.second_person")
    stale = await desk.decide(one | {"revision": 7})
    assert stale.status_code == 412
    rejected = await desk.decide(one, agrees=False)
    assert (rejected.status_code, rejected.json()["standing"]) == (200, None)
    late = await desk.decide(rejected.json())
    assert (late.status_code, late.json()["code"]) == (409, "alerts.target.not_proposed")
    again = await desk.propose(period="2029")
    assert again["id"] != one["id"], "what was rejected stands in nobody's way"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"indicator": "no_such"}, "indicator.unknown"),
        ({"period": "2026"}, "period.over"),
        ({"value": None}, "value.missing"),
        ({"value": "-1", "milestones": []}, "value.negative"),
        ({"indicator": "leavers_enrolled", "value": "101", "milestones": []}, "value.above_all"),
        ({"indicator": "income_per_head", "period": "2027-06", "milestones": []}, "period.shorter"),
        ({"milestones": [{"due_on": "2028-01-01", "share": "90"}]}, "milestones.outside"),
        ({"milestones": [{"due_on": "2027-03-31", "share": "110"}]}, "milestones.beyond"),
        ({"milestones": [{"due_on": "2027-03-31"}]}, "milestones.one_of"),
        (
            {"milestones": [{"due_on": "2027-04-30", "share": "100"}, {"due_on": "2027-03-31", "share": "90"}]},
            "milestones.order",
        ),
        ({"benchmark": {"kind": "figure"}, "value": None, "milestones": []}, "benchmark.itself"),
        ({"benchmark": {"kind": "series"}, "value": None, "milestones": []}, "benchmark.series_missing"),
        (
            {
                "benchmark": {"kind": "series", "series": "former_poor_growth", "area_code": NATION},
                "value": None,
                "milestones": [],
            },
            "benchmark.unit",
        ),
        ({"benchmark": {"kind": "figure", "years_back": 1}}, "value.unexpected"),
    ],
)
async def test_what_does_not_go_together_is_refused(desk: Desk, changes: dict[str, Any], code: str) -> None:
    answer = await desk.client.post(PLACE, json=target(**changes), headers=desk.first)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "alerts.target.invalid"
    assert code in {error["code"] for error in answer.json()["errors"]}


async def test_a_target_is_not_set_twice_nor_changed_once_its_time_is_over(
    desk: Desk, at: Callable[[str], None]
) -> None:
    one = await desk.set(period="2031", value="100", milestones=[{"due_on": "2031-03-31", "share": "90"}])
    for period in ("2031", "2031-05"):
        twice = await desk.client.post(PLACE, json=target(period=period, milestones=[]), headers=desk.first)
        assert (twice.status_code, twice.json()["code"]) == (409, "alerts.target.exists")
    at("2031-04-10")
    past = await desk.revise(one, value="100", milestones=[])
    assert {error["code"] for error in past.json()["errors"]} == {"milestones.past"}
    at("2032-01-01")
    over = await desk.revise(one, value="1", milestones=[])
    assert (over.status_code, over.json()["code"]) == (409, "alerts.target.over")


async def test_each_sees_and_sets_targets_of_their_own_area_and_department(desk: Desk, headers: Headers) -> None:
    county = await desk.set(period="2033", department="HRS")
    town = await desk.set(period="2033", area_code=TOWN)
    of_town = headers(READ, WRITE, areas=[TOWN], client_id="town")
    assert (await desk.client.get(f"{PLACE}/{town['id']}", headers=of_town)).status_code == 200
    for place in (f"{PLACE}/{county['id']}", f"{PLACE}/{county['id']}/progress"):
        assert (await desk.client.get(place, headers=of_town)).status_code == 404
    refused = await desk.client.post(PLACE, json=target(period="2034"), headers=of_town)
    assert refused.status_code == 404
    hrs = headers(READ, WRITE, department="HRS", client_id="hrs")
    listed = (await desk.client.get(PLACE, params={"period": "2033"}, headers=hrs)).json()
    assert [one["id"] for one in listed["items"]] == [county["id"]]
    assert listed["total"] == 1
    assert (await desk.client.post(PLACE, json=target(period="2034"), headers=hrs)).status_code == 403
    med = headers(READ, department="MED", client_id="med")
    assert (await desk.client.get(f"{PLACE}/{county['id']}", headers=med)).status_code == 404


async def test_ready_made_targets_can_be_proposed_as_they_are(desk: Desk) -> None:
    """F-C01 F-C02 F-C03 F-C05 F-C06 F-C08 F-C10 F-C13 F-C15 F-C17: each is a body that is taken."""
    asked = {"area": COUNTY, "year": 2035}
    found = (await desk.client.get("/v1/ready-made-targets", params=asked, headers=desk.first)).json()["items"]
    assert {"income_growth", "workers", "leavers_enrolled"} <= {one["id"] for one in found}
    for one in found:
        if one["id"] == "workers_kept":
            continue  # another value for the same
        answer = await desk.client.post(PLACE, json=one["target"], headers=desk.first)
        assert answer.status_code == 201, (one["id"], answer.text)
    assert date(2035, 3, 31).isoformat() in str(found)
