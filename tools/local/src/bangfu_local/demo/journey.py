"""One household from a confirmed clue to an implemented measure, through every legal step."""

from __future__ import annotations

import asyncio
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bangfu.sdk.models import Clue, Episode
from bangfu.sdk.problems import NotFound
from bangfu_local.demo.townships import town_of
from bangfu_local.embedded.clients import BUREAU, DEPARTMENTS, department_client, township_client, village_client

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu_local.embedded import EmbeddedSystem

_EPISODE_WAIT_S = 60.0
PUBLICITY_DAYS = 5
BY_HAND_RISKS = ("05", "07")
"""Of the self-application and of the cadre visit."""
_NAMED_RISKS = frozenset({"01", "02", "03", "04", "05", "06", "07", "09", "11", "12", "13"})


class JourneyError(RuntimeError):
    """The household could not be taken to its measure."""


async def opened_episode(bangfu: Bangfu, clue_id: str) -> Episode:
    """Wait for the episode that a confirmed clue opens.

    Raises:
        JourneyError: if there is none after a minute.
    """
    ends_at = time.monotonic() + _EPISODE_WAIT_S
    while time.monotonic() < ends_at:
        async for episode in bangfu.episodes.list():
            if episode.clue_id == clue_id:
                return episode
        await asyncio.sleep(0.3)
    raise JourneyError("the confirmed clue opened no episode")


async def take_in_hand(bangfu: Bangfu, duty_id: str) -> None:
    """Take a duty in hand as soon as it is known.

    Raises:
        JourneyError: if it is not after a minute.
    """
    ends_at = time.monotonic() + _EPISODE_WAIT_S
    while time.monotonic() < ends_at:
        try:
            await bangfu.duties.accept(duty_id)
        except NotFound:
            await asyncio.sleep(0.3)
        else:
            return
    raise JourneyError(f"nobody has the duty {duty_id}")


async def help_one_household(system: EmbeddedSystem, clue: Clue) -> list[str]:
    """Identify the household of a confirmed clue, plan, and implement one measure.

    The business clock is moved over the publicity period.

    Returns:
        The states that the episode went through.
    """
    town, village = town_of(clue.area_code), village_client(clue.area_code)
    staff = [f"{town[6:9]}-01", f"{town[6:9]}-02"]
    await system.ensure_clients([village])
    async with (
        system.client(village.client_id) as collector,
        system.client(township_client(town).client_id) as township,
        system.client(BUREAU) as bureau,
    ):
        episode = await opened_episode(township, clue.id)
        states = [episode.state]
        actors = {collector: staff, township: [f"{town[6:9]}-09"], bureau: ["county-01"]}

        async def move(bangfu: Bangfu, to: str, note: str, **record: Any) -> None:
            _, etag = await bangfu.episodes.get(episode.id)
            moved, _ = await bangfu.episodes.move(
                episode.id,
                to,
                etag=etag,
                occurred_on=system.clock.today(),
                actors=actors[bangfu],
                note=note,
                record=record,
            )
            states.append(moved.state)

        async def scan(title: str) -> str:
            data = f"%PDF-1.7\n%{title}\n".encode()
            return await collector.households.attach(clue.household_id, data, "application/pdf")

        today = system.clock.today()
        signed = consent(today, await scan("申请及承诺授权书"))
        await move(collector, "VISITED", "两人入户,情况属实", consent=signed)
        await move(collector, "COMPARED", "信息比对", results=[compared("NAT", today)])
        await move(collector, "REVIEWED", "村级民主评议,同意纳入", minutes=minutes(today, await scan("评议记录")))
        await move(collector, "PUBLICISED", "村内公示", publicity=publicity(today, await scan("公示照片")))
        system.clock.forward(timedelta(days=PUBLICITY_DAYS + 1))
        await move(township, "TOWN_AUDITED", "乡镇审核", opinion="公示无异议,同意上报")
        await move(bureau, "COUNTY_APPROVED", "县级审定", **await decision(bureau, clue))
        await move(township, "ANNOUNCED", "公告")
        await move(collector, "MONITORED", "录入标注")
        await plan_and_help(system, township, episode, staff)
        final, _ = await township.episodes.get(episode.id)
        states.append(final.state)
    return states


def consent(day: date, document: str) -> dict[str, Any]:
    """The household signed its application and lets the departments look things up."""
    scope = ["deposits", "vehicles", "housing", "companies", "payroll"]
    return {"signed_on": day.isoformat(), "scope": scope, "document_sha256": document}


def compared(department: str, day: date) -> dict[str, Any]:
    """What a department's comparison gave: nothing that speaks against the household."""
    found = {"department": department, "result": "clear", "hits": 0}
    return found | {"compared_on": day.isoformat(), "client_id": BUREAU}


def minutes(day: date, document: str) -> dict[str, Any]:
    """The village's review agreed."""
    votes = {"members": 21, "present": 16, "votes_for": 15, "votes_against": 1}
    return {"held_on": day.isoformat(), **votes, "document_sha256": document}


def publicity(day: date, photo: str) -> dict[str, Any]:
    """The notice in the village and its photo."""
    ends_on = day + timedelta(days=PUBLICITY_DAYS)
    return {
        "place": "村务公开栏",
        "starts_on": day.isoformat(),
        "ends_on": ends_on.isoformat(),
        "photos_sha256": [photo],
    }


async def decision(bureau: Bangfu, clue: Clue) -> dict[str, Any]:
    """What the county decides: the category that fits the kind of household, and the risk by its name."""
    household = await bureau.households.get(clue.household_id)
    category = "0" if household.hh_type == "1" else "1"
    return {"category": category, "risk_types": [clue.risk_type if clue.risk_type in _NAMED_RISKS else "01"]}


def _client_of(department: str) -> str:
    return department_client(department) if department in DEPARTMENTS else BUREAU


async def plan_and_help(system: EmbeddedSystem, township: Bangfu, episode: Episode, staff: list[str]) -> None:
    """Write the plan from the packages, add a measure, report it as implemented and every task as done."""
    today = system.clock.today()
    draft = await township.episodes.draft_plan(episode.id)
    plan = await township.episodes.put_plan(
        episode.id,
        needs=draft.needs,
        tasks=[task | {"person": task["person"] or staff[0]} for task in draft.tasks],
        helper=staff[1],
    )
    task = next(task for task in plan.tasks if task["risk_types"])
    department = task["department"]
    measure = await township.episodes.add_measure(
        episode.id,
        {
            "category": task["category"],
            "item": task["title"],
            "risk_types": task["risk_types"],
            "responsible_department": department,
            "responsible_person": staff[0],
            "planned_on": str(today),
        },
    )
    # The department that is responsible says so; the bureau may for one that has no client here.
    async with system.client(_client_of(department)) as responsible:
        await take_in_hand(responsible, f"P01-{measure.id}")
        done = await responsible.episodes.change_measure(
            measure.id,
            {"state": "implemented", "implemented_on": str(today), "amount": "1200.00", "evidence": "R-2026-0118"},
        )
    if done.state != "implemented":
        raise JourneyError(f"the measure is {done.state}")
    for task in plan.tasks:
        async with system.client(_client_of(task["department"])) as responsible:
            await take_in_hand(responsible, f"P03-{task['id']}")
            await responsible.episodes.change_plan_task(
                task["id"], {"state": "done", "done_on": str(today), "evidence": f"measure {measure.id}"}
            )


async def report_by_hand(system: EmbeddedSystem, households: list[tuple[str, str]], town: str) -> list[str]:
    """Hand in one self-application and report one cadre visit; returns the clues they went to.

    Args:
        households: Two (household id, village code) of the township.
    """
    today = system.clock.today().isoformat()
    async with system.client(township_client(town).client_id) as township:
        applied = await township.clues.apply(
            {
                "household_id": households[0][0],
                "risk_type": BY_HAND_RISKS[0],
                "via": "hotline",
                "note": "户主务工时受伤",
                "applied_on": today,
            }
        )
        visited = await township.clues.report_visit(
            {
                "household_id": households[1][0],
                "risk_type": BY_HAND_RISKS[1],
                "visited_on": today,
                "visitors": [f"{town[6:9]}-03"],
                "note": "主要劳动力返乡待业",
            }
        )
    return [applied.clue_id, visited.clue_id]
