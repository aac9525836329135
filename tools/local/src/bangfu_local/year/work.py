"""What townships and departments do again and again: clues, plans, measures, tasks, policy gaps."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bangfu.sdk import PreconditionFailed
from bangfu_local.year.case import Case
from bangfu_local.year.stage import Stage, town_of

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu.sdk.models import Clue, Duty

_POLICY_A_DAY = 5
_URGENCY = ("RED", "ORANGE", "YELLOW", "INFO")
_MEASURE_DAYS = 20
_ABLE = ("1", "2")
"""Labour of those who can work, ordinary and skilled."""
_DEVELOPMENT = ("M01", "M02", "M03", "M04")
_INDUSTRY = {"title": "发展特色种养", "category": "M01", "department": "AGR"}
"""What is planned where no package develops a household that can work."""
_INDUSTRY_DAYS = 90
_DECISIONS = ("other_person", "not_covered", "checked", "wrong_data")


async def verify_clues(stage: Stage, *, idle: str) -> None:
    """Let each township say what it found at the door, the urgent first.

    Clues of households that are monitored belong to their case. Of the others some are for policy alone, the rest is
    excluded, which the county confirms: the same facts are quiet then for a quarter.

    Args:
        idle: A township that does nothing.
    """
    bureau = await stage.bureau()
    monitored = {household.id async for household in bureau.households.list(monitored=True)}
    by_town: dict[str, list[Clue]] = defaultdict(list)
    async for clue in bureau.clues.list(state="dispatched"):
        by_town[town_of(clue.area_code)].append(clue)

    async def work(clues: list[Clue]) -> None:
        known = [clue for clue in clues if clue.household_id in monitored]
        others = [clue for clue in clues if clue.household_id not in monitored]
        for clue in known:
            await verify(stage, clue, "existing_case")
        for place, clue in enumerate(sorted(others, key=lambda clue: _URGENCY.index(clue.severity))):
            await verify(stage, clue, "confirmed_policy" if place < _POLICY_A_DAY else "excluded")

    await asyncio.gather(*(work(by_town[town]) for town in sorted(by_town.keys() - {idle})))


async def verify(stage: Stage, clue: Clue, result: str) -> None:
    """Record what the visit for a clue found; an exclusion is confirmed by the county.

    What else was found of the household meanwhile is looked at first, as an application does that is told so.
    """
    township = await stage.township(clue.area_code)
    try:
        await _verify(stage, township, clue, result)
    except PreconditionFailed:
        newer, _ = await township.clues.get(clue.id)
        if newer.state == clue.state:
            await _verify(stage, township, newer, result)


async def _verify(stage: Stage, township: Bangfu, clue: Clue, result: str) -> None:
    number = town_of(clue.area_code)[6:9]
    verified = await township.clues.verify(
        clue.id,
        result,
        etag=_etag(clue),
        verifiers=[f"{number}-01", f"{number}-02"],
        visited_on=stage.today,
        reason="self_coping" if result == "excluded" else None,
        note="入户核实,家庭自主应对能力充足" if result == "excluded" else "入户核实,情况属实",
    )
    if result == "excluded":
        bureau = await stage.bureau()
        await bureau.clues.confirm_exclusion(clue.id, agrees=True, note="电话回访属实", etag=_etag(verified))


def _etag(clue: Clue) -> str:
    return f'"v{clue.version}"'


async def plan_all(cases: Iterable[Case]) -> None:
    """Write the plans of many households, each township its own."""
    by_town: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_town[town_of(case.area_code)].append(case)

    async def work(town: str) -> None:
        for case in by_town[town]:
            await plan(case)

    await asyncio.gather(*(work(town) for town in by_town))


async def plan(case: Case) -> None:
    """Write the plan that the packages propose, and agree on the first measure."""
    township, today = await case.stage.township(case.area_code), case.stage.today
    staff = [f"{town_of(case.area_code)[6:9]}-0{place}" for place in (1, 2)]
    draft = await township.episodes.draft_plan(case.episode_id)
    tasks = [*draft.tasks]
    home = await township.households.get(case.household_id)
    can_work = any(member.model_dump()["labour"] in _ABLE for member in home.members)
    if can_work and not any(task["category"] in _DEVELOPMENT for task in tasks):
        due_on = (today + timedelta(days=_INDUSTRY_DAYS)).isoformat()
        tasks.append(_INDUSTRY | {"due_on": due_on, "person": None})
    made = await township.episodes.put_plan(
        case.episode_id,
        needs=draft.needs,
        tasks=[task | {"person": task["person"] or staff[0]} for task in tasks],
        helper=staff[1],
    )
    for task, risks in _first_for_each_risk(made.tasks, case.risk_types):
        await township.episodes.add_measure(
            case.episode_id,
            {
                "category": task["category"],
                "item": task["title"],
                "risk_types": risks,
                "responsible_department": task["department"],
                "responsible_person": staff[0],
                "planned_on": (today + timedelta(days=_MEASURE_DAYS)).isoformat(),
            },
        )


def _first_for_each_risk(tasks: list[dict[str, Any]], risks: list[str]) -> list[tuple[dict[str, Any], list[str]]]:
    """Give the tasks of which a measure is made: the first one of each risk, else the first of all for every risk."""
    found: list[tuple[dict[str, Any], list[str]]] = []
    answered: set[str] = set()
    for task in tasks:
        fresh = [risk for risk in task["risk_types"] if risk not in answered]
        if fresh:
            answered.update(fresh)
            found.append((task, fresh))
    return found or [(tasks[0], risks)]


async def departments_act(stage: Stage, *, due_before: date, idle: str | None = None) -> None:
    """Let departments do what is due: measures, tasks, policy gaps; each takes its own in hand and says what it did.

    Args:
        idle: A department that leaves its tasks.
    """
    by_department: dict[str, list[Duty]] = defaultdict(list)
    for kind in ("P01", "P03", "G01"):
        for duty in await _waiting(stage, kind, due_before):
            department = str(duty.model_dump()["department"])
            if (kind, department) != ("P03", idle):
                by_department[department].append(duty)

    async def act(department: str) -> None:
        for duty in by_department[department]:
            await _answer(stage, duty, department)

    await asyncio.gather(*(act(department) for department in sorted(by_department)))


async def _waiting(stage: Stage, kind: str, due_before: date) -> list[Duty]:
    bureau = await stage.bureau()
    day = due_before.isoformat()
    return [duty async for duty in bureau.duties.list(kind=kind, state="open", due_before=day)]


async def _answer(stage: Stage, duty: Duty, department: str) -> None:
    who, today = await stage.department(department), stage.today.isoformat()
    await who.duties.accept(duty.id)
    said: dict[str, Any]
    if duty.kind == "G01":
        said = {"result": "granted", "granted_on": today, "note": "已按政策办理"}
        await who.policy_gaps.answer(duty.subject_id, said)
    elif duty.kind == "P01":
        said = {"state": "implemented", "implemented_on": today, "amount": "1200.00", "evidence": "拨付凭证"}
        await who.episodes.change_measure(duty.subject_id, said)
    else:
        said = {"state": "done", "done_on": today, "evidence": "办理记录"}
        await who.episodes.change_plan_task(duty.subject_id, said)


async def decide_rows(stage: Stage, *, idle: str) -> None:
    """Let departments decide about delivered rows that could not be used.

    Args:
        idle: A department that does not.
    """
    bureau = await stage.bureau()
    async for row in bureau.worklist.list(state="open", limit=200):
        if row.department != idle:
            who = await stage.department(row.department)
            _, etag = await who.worklist.get(row.id)
            decision = next(each for each in _DECISIONS if each in row.allowed)
            await who.worklist.decide(row.id, {"decision": decision, "reason": "经与原件核对"}, etag=etag)
