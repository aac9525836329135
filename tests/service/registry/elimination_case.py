"""Households that are monitored for a year, and how their risk is eliminated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from episode_case import Case
from registry_world import household, household_id, member, ndjson, send

from servicekit import clock

YEAR_S = 365 * 86400.0


async def monitored(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, first: int, count: int, **changes: Any
) -> list[Case]:
    """Households that the national register has as monitored for a year."""
    since = (clock.today() - timedelta(days=365)).isoformat()
    entry = {"category": "1", "identified_on": since, "risk_types": ["01"]}
    numbers = [f"99Q{number:07d}" for number in range(first, first + count)]
    bodies = [
        household(hh_no, member(first + place, "19720606"), monitor=entry, **changes)
        for place, hh_no in enumerate(numbers)
    ]
    receipt = (await send(client, ndjson(*bodies), county)).json()
    assert receipt["created"] == count, receipt
    return [Case(client, county, await household_id(client, hh_no, county), levels) for hh_no in numbers]


async def eliminated(case: Case, move_clock: Any) -> None:
    """Help the household and take its case through every step to ELIMINATED, six days later."""
    number = (await case.read())["id"]
    await help_household(case, number)
    found = {"is_safe": True, "checked_on": clock.today().isoformat()}
    safe = {"statuses": dict.fromkeys(("education", "medical", "housing", "water"), found)}
    statuses = await case.client.put(f"/v1/households/{case.household}/statuses", json=safe, headers=case.headers)
    assert statuses.status_code == 200, statuses.text
    place = f"/v1/episodes/{number}/elimination-conditions"
    asked = (await case.client.get(place, headers=case.headers)).json()
    assert asked["is_met"], asked
    for to, *actors in (
        ("ELIM_PROPOSED", "v-1"), ("ELIM_VISITED", "v-1", "v-2"), ("ELIM_REVIEWED", "v-1"), ("ELIM_PUBLICISED", "v-1"),
    ):  # fmt: skip
        taken = await case.step(to, *actors)
        assert taken.status_code == 200, taken.text
    assert (await case.step("ELIM_TOWN", "t-1")).status_code == 409, "the notice has just been posted"
    move_clock(6 * 86400.0)
    own = await case.step("ELIM_TOWN", "t-1", headers=case.levels["episodes:write"])
    assert [error["code"] for error in own.json()["errors"]] == ["client.separation_of_duty"]
    for to, actor in (("ELIM_TOWN", "t-1"), ("ELIM_COUNTY", "c-1"), ("ELIMINATED", "t-1")):
        taken = await case.step(to, actor)
        assert taken.status_code == 200, taken.text


async def help_household(case: Case, number: str) -> None:
    today = clock.today().isoformat()
    work = {"category": "M02", "title": "帮扶车间", "department": "HRS", "person": "h", "due_on": today}
    plan = {
        "needs": [{"description": "住院", "risk_type": "01"}],
        "tasks": [work],
        "helper": "h-1",
        "uncovered": [{"risk_type": "01", "reason": "费用已由大病保险报销"}],
    }
    made = await case.client.put(f"/v1/episodes/{number}/plan", json=plan, headers=case.headers)
    assert made.status_code == 200, made.text
    measure = await case.client.post(f"/v1/episodes/{number}/measures", json=measure_of("MED"), headers=case.headers)
    done = {"state": "implemented", "implemented_on": today, "evidence": "R-1"}
    patched = await case.client.patch(measure.headers["location"], json=done, headers=case.headers)
    assert patched.status_code == 200, patched.text
    place = f"/v1/episodes/{number}/elimination-conditions"
    asked = (await case.client.get(place, headers=case.headers)).json()
    unmet = {item["code"]: [reason["code"] for reason in item["reasons"]] for item in asked["items"] if item["reasons"]}
    assert unmet["development"] == ["measure.development"], "its day was half a year after the identification"
    (task,) = made.json()["tasks"]
    found_work = {"state": "done", "done_on": today, "evidence": "R-2"}
    worked = await case.client.patch(f"/v1/plan-tasks/{task['id']}", json=found_work, headers=case.headers)
    assert worked.status_code == 200, worked.text


def measure_of(department: str) -> dict[str, Any]:
    return {
        "category": "M07",
        "item": "医疗救助",
        "risk_types": ["01"],
        "responsible_department": department,
        "responsible_person": "p-1",
        "planned_on": clock.today().isoformat(),
    }
