"""Indicators of the registry against a naive count over planted facts, on and beside every edge."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import httpx
import pytest
from registry_world import OTHER_VILLAGE, VILLAGE, household, member

from indicator_case import Json, Month, china, on

Row = dict[str, Any]
FIRST, LAST = on("2026-11-01"), on("2026-11-30")
DAYS = [on(day) for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01")]


def totals(rows: Iterable[tuple[str, int]]) -> dict[str, tuple[int, None]]:
    counted: Counter[str] = Counter()
    for village, number in rows:
        counted[village] += number
    return {village: (number, None) for village, number in counted.items() if number}


async def whole(month: Month, name: str) -> dict[str, tuple[int, int | None]]:
    return {area: amount for (area, _), amount in (await month.cells(name)).items()}


@pytest.fixture(scope="module")
async def homes(client: httpx.AsyncClient, county: dict[str, str]) -> list[Row]:
    """Households of two villages, with one or two members."""
    found = []
    for number in range(16):
        village = (VILLAGE, OTHER_VILLAGE)[number % 2]
        people = [member(10 + 2 * number)]
        if number % 3 == 0:
            people.append(member(11 + 2 * number, relation="spouse", female=True))
        body = household(f"99IN{number:04d}", *people, village_code=village)
        made = await client.post("/v1/households", json=body, headers=county)
        assert made.status_code == 201, made.text
        found.append({"id": made.json()["id"], "village": village, "people": len(people)})
    return found


async def episode(month: Month, home: Row, identified: date | None, eliminated: date | None, **more: Any) -> Row:
    row = {
        "household_id": home["id"],
        "origin": "clue",
        "state": "ELIMINATED" if eliminated else "MONITORED",
        "risk_types": ["01", "11"],
        "category": "1",
        "found_on": on("2026-10-01"),
        "identified_on": identified,
        "eliminated_on": eliminated,
        "is_active": eliminated is None,
        "sequence": 1,
        "version": 1,
        "created_at": china("2026-10-01"),
        "updated_at": china("2026-10-01"),
    } | more
    row["id"] = await month.plant("episode", **row)
    return row | {"home": home}


async def step(month: Month, episode_id: str, state: str, day: date) -> None:
    row = {
        "episode_id": episode_id, "sequence": 9, "state": state, "occurred_on": day, "actors": [], "record": Json({}),
        "client_id": "test", "recorded_at": china("2026-11-20"),
    }  # fmt: skip
    await month.add("episode_step", row)


async def test_identified_eliminated_and_unresolved(month: Month, homes: list[Row]) -> None:
    """RP-01: what was eliminated on the last day is not unresolved; who was found to be no object is not new."""
    pairs = [(a, b) for a, b in itertools.product(DAYS, [None, *DAYS]) if b is None or b >= a]
    planted = [await episode(month, home, first, end) for home, (first, end) in zip(homes, pairs, strict=False)]
    wrong = planted[-1] if planted[-1]["eliminated_on"] is None else next(e for e in planted if not e["eliminated_on"])
    await month.run(
        "UPDATE episode SET state = 'CORRECTED', is_active = false WHERE id = CAST(:id AS uuid)", id=wrong["id"]
    )
    await step(month, wrong["id"], "CORRECTED", on("2026-11-15"))
    await month.compute()

    def inside(day: date | None) -> bool:
        return day is not None and FIRST <= day <= LAST

    new = [e for e in planted if inside(e["identified_on"]) and e is not wrong]
    gone = [e for e in planted if inside(e["eliminated_on"])]
    left = [
        e
        for e in planted
        if e["identified_on"] <= LAST and (e["eliminated_on"] is None or e["eliminated_on"] > LAST) and e is not wrong
    ]
    assert all((new, gone, left))
    for name, rows in (("identified", new), ("eliminated", gone), ("unresolved", left)):
        assert await whole(month, f"households_{name}") == totals((e["home"]["village"], 1) for e in rows), name
        people = totals((e["home"]["village"], e["home"]["people"]) for e in rows)
        assert await whole(month, f"persons_{name}") == people, name
        assert await month.members(f"households_{name}") == {e["id"] for e in rows}
    by_risk = await month.cells("households_unresolved", "risk")
    assert {part for _, part in by_risk} == {"01", "11"}

    objects = [e for e in planted if e["identified_on"] <= LAST and e is not wrong]
    share = await whole(month, "unresolved_share")
    assert sum(number for number, _ in share.values()) == len(left)
    assert sum(below or 0 for _, below in share.values()) == len(objects)


async def test_a_household_counts_where_it_lived_and_with_whom_when_the_month_ended(
    month: Month, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    """Moved on 1 December, it counts in the village, and with the members, of 30 November."""
    body = household("99IN9000", member(300, insured_resident=False, insured_employee=False))
    made = await client.post("/v1/households", json=body, headers=county)
    await month.run(
        "UPDATE household SET created_at = :at WHERE id = CAST(:id AS uuid)",
        at=china("2026-10-01"),
        id=made.json()["id"],
    )
    home = {"id": made.json()["id"], "village": VILLAGE, "people": 1}
    mine = await episode(month, home, on("2026-11-10"), None)
    etag = (await client.get(f"/v1/households/{home['id']}", headers=county)).headers["etag"]
    moved = await client.patch(
        f"/v1/households/{home['id']}", json={"village_code": OTHER_VILLAGE}, headers=county | {"If-Match": etag}
    )
    assert moved.status_code == 200, moved.text
    await month.compute("households_identified", "persons_uninsured")
    found = await month.run(
        "SELECT m.area_code FROM indicator_member m JOIN indicator_run r ON r.id = m.run_id"
        " WHERE m.subject_id = :id AND r.indicator_id = 'households_identified' ORDER BY r.version DESC LIMIT 1",
        id=mine["id"],
    )
    assert [row.area_code for row in found] == [VILLAGE]
    assert (await whole(month, "persons_uninsured")) == {VILLAGE: (1, None)}


async def test_who_is_not_insured_is_said_to_be_so(
    month: Month, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    """F-B16: the uninsured by village with their list; who has either, or of whom nothing is said, is none."""
    insured = [(False, False), (False, None), (False, True), (True, False), (None, None), (None, False)]
    for number, (resident, employee) in enumerate(insured):
        body = household(
            f"99IU{number:04d}",
            member(310 + number, insured_resident=resident, insured_employee=employee),
            village_code=OTHER_VILLAGE,
        )
        made = await client.post("/v1/households", json=body, headers=county)
        assert made.status_code == 201, made.text
    await month.compute("persons_uninsured")
    assert (await whole(month, "persons_uninsured"))[OTHER_VILLAGE] == (2, None)


async def test_why_incomes_fell_by_township(month: Month, homes: list[Row]) -> None:
    """F-A46: by what most made it fall, the households of the year as they stood when the month ended."""
    edges = [
        (on("2026-11-30"), None, True),
        (on("2026-12-01"), None, False),
        (on("2026-01-10"), on("2026-11-30"), False),
        (on("2026-01-10"), on("2026-12-01"), True),
    ]
    expected: Counter[tuple[str, str]] = Counter()
    for number, (home, (joined, left, counts)) in enumerate(zip(homes, edges * 4, strict=False)):
        reason = ("wage", None, "business")[number % 3]
        cohorts = ["income_fell"] if number % 5 else ["former_poor"]
        row = {
            "year": 2026, "household_id": home["id"], "cohorts": cohorts, "reason": reason,
            "joined_on": joined, "left_on": left,
        }  # fmt: skip
        await month.run("DELETE FROM income_cohort_member WHERE household_id = CAST(:id AS uuid)", id=home["id"])
        await month.add("income_cohort_member", row)
        if counts and cohorts == ["income_fell"]:
            expected[home["village"], reason or "none"] += 1
    await month.compute("incomes_fallen")
    assert {place: n for place, (n, _) in (await month.cells("incomes_fallen", "reason")).items()} == dict(expected)


async def test_guarantees_that_are_lacking(month: Month, homes: list[Row]) -> None:
    """RP-05: what counts at the month's end, by guarantee and by how long, whatever was said later."""
    said = [
        # household, kind, version, safe, checked on, recorded at, superseded at
        (0, "housing", 1, False, "2026-11-20", "2026-11-20", None),
        (1, "housing", 1, False, "2026-08-01", "2026-08-01", "2026-12-01"),  # repaired in December
        (2, "water", 1, False, "2026-11-01", "2026-11-01", "2026-11-30"),  # repaired on the last day
        (2, "water", 2, True, "2026-11-30", "2026-11-30", None),
        (3, "medical", 1, False, "2026-12-01", "2026-12-01", None),  # known too late
        (4, "education", 1, True, "2026-11-05", "2026-11-05", None),
    ]
    for number, kind, version, safe, checked, recorded, superseded in said:
        row = {
            "household_id": homes[number]["id"], "kind": kind, "version": version, "is_safe": safe,
            "checked_on": on(checked), "recorded_at": china(recorded), "recorded_by": "test",
            "superseded_at": china(superseded) if superseded else None,
        }  # fmt: skip
        await month.add("guarantee_status", row)
    await month.compute("guarantee_gaps_open")
    assert await month.cells("guarantee_gaps_open", "guarantee") == {
        (homes[0]["village"], "housing"): (1, None),
        (homes[1]["village"], "housing"): (1, None),
    }
    assert await month.cells("guarantee_gaps_open", "age") == {
        (homes[0]["village"], "to_30_days"): (1, None),
        (homes[1]["village"], "over_90_days"): (1, None),
    }


async def test_consolidation_of_the_year(
    month: Month, client: httpx.AsyncClient, county: dict[str, str], homes: list[Row]
) -> None:
    """F-C07: 1 - returned / out of poverty; returned needs both a risk that is not eliminated and an income below."""
    year = Month(month.database, month.own, period="2026")
    line = await month.run(
        "SELECT CAST(parameters ->> 'income.monitoring_line' AS numeric) FROM policy_profile"
        " WHERE region = '000000000000' AND effective_from <= '2026-12-01'"
        " ORDER BY effective_from DESC, version DESC LIMIT 1"
    )
    assert line[0][0] > 1000
    await month.run("TRUNCATE episode CASCADE")
    await month.run("UPDATE household SET hh_type = '0'")
    await month.run(f"UPDATE income SET recorded_at = '{china('2026-11-10')}'")  # entered before the day of looking
    former = homes[:4]
    for home in former:
        await month.run("UPDATE household SET hh_type = '1' WHERE id = CAST(:id AS uuid)", id=home["id"])
    poor, rich_at_risk, poor_no_risk, _ = former
    for home in (poor, rich_at_risk):
        await episode(month, home, on("2026-10-10"), None)
    for home in (poor, poor_no_risk):
        await month.run(
            "UPDATE income SET wage = 100, business = 0, transfer = 0 WHERE household_id = CAST(:id AS uuid)",
            id=home["id"],
        )
    await year.compute("consolidation_rate")
    people = sum(home["people"] for home in former)
    cells = (await whole(year, "consolidation_rate")).values()
    assert (sum(n for n, _ in cells), sum(d or 0 for _, d in cells)) == (people - poor["people"], people)
