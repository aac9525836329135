"""Use cases of inspections: drawn by the county, visited by who is named, each household with a result."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.inspections import rules, store, texts
from alerts.inspections.problems import InspectionClosed, InspectionEmpty, InspectionInvalid, InspectionNotFound
from alerts.inspections.rules import Task
from alerts.inspections.schemas import (
    ChecklistQuery,
    InspectionIn,
    InspectionOut,
    InspectionPage,
    InspectionResultIn,
    InspectionsQuery,
    InspectionTaskOut,
    InspectionTaskRow,
    InspectionTasks,
    InspectionTasksQuery,
)
from alerts.inspections.tables import Inspection, InspectionTask
from contracts.errors import FieldError
from contracts.indicators import period_of
from servicekit import areas, clock
from servicekit.auth import OutsideArea, Principal
from servicekit.documents import Document, Lines, Rows
from servicekit.ids import new_id
from servicekit.indicators.members import is_outside_county
from servicekit.paging import encode_cursor
from servicekit.titles import MOST

_IN_GRID = directory.in_grid("t.household_id")


async def draw(session: AsyncSession, principal: Principal, said: InspectionIn) -> InspectionOut:
    """Draw the households of a quarter's inspection; each is a duty of the county until it has a result.

    Raises:
        NotSupervisor, OutsideArea, InspectionInvalid, InspectionEmpty
    """
    access.require_supervisor(principal)
    principal.require_area(said.area_code)
    if areas.level_of(said.area_code) != "county":
        raise OutsideArea("an inspection is a county's")
    period, today = period_of(said.period), clock.today()
    named = {each.area_code: each.person for each in said.responsible}
    flaws = await _flaws(session, said)
    if period.first > today:
        flaws.append(FieldError("/period", "period.future", "该季度尚未开始 / the quarter has not begun"))
    if flaws:
        raise InspectionInvalid(f"{len(flaws)} point(s) are wrong", errors=flaws)
    policy = (await directory.policies(session, today)).for_area(said.area_code)
    number = said.households or policy.sample_households
    seed = said.seed or secrets.token_hex(16)
    found = rules.draw(await store.candidates(session, said.area_code, period.first, period.last), seed, number)
    if not found.drawn:
        raise InspectionEmpty("no household may be drawn")
    kept = Inspection(
        id=new_id(), area_code=said.area_code, period=said.period, seed=seed, households=number,
        frame=list(found.frame), frame_digest=found.frame_digest, due_on=said.due_on, note=said.note,
        drawn_by=principal.actor, drawn_at=clock.now(),
    )  # fmt: skip
    session.add(kept)
    await session.flush()
    tasks = [
        InspectionTask(
            id=new_id(), inspection_id=kept.id, place=place, household_id=each.household_id, area_code=each.area_code,
            stratum=each.stratum, responsible=named.get(areas.town_of(each.area_code)), counts_from=today,
            due_on=said.due_on,
        )
        for place, each in enumerate(found.drawn)
    ]  # fmt: skip
    session.add_all(tasks)
    await session.flush()
    await duties.take(session, [rules.duty(_task(each)) for each in tasks])
    return (await _shown(session, principal, [kept]))[0]


async def _flaws(session: AsyncSession, said: InspectionIn) -> list[FieldError]:
    flaws: list[FieldError] = []
    if said.due_on < clock.today():
        flaws.append(FieldError.told(texts.FAULTS, "due_on.past", "/due_on"))
    seen: set[str] = set()
    for place, each in enumerate(said.responsible):
        at = f"/responsible/{place}"
        if each.area_code in seen:
            flaws.append(FieldError.told(texts.FAULTS, "responsible.twice", f"{at}/area_code"))
        seen.add(each.area_code)
        if areas.level_of(each.area_code) != "town" or not areas.is_within(each.area_code, said.area_code):
            flaws.append(FieldError.told(texts.FAULTS, "responsible.outside", f"{at}/area_code"))
            continue
        held = duties.Held(rules.DUTY, each.area_code, None, None)
        flaw = await duties.unfit_person(session, held, each.person, f"{at}/person")
        flaws += [flaw] if flaw else []
    return flaws


async def finish(
    session: AsyncSession, principal: Principal, task_id: str, said: InspectionResultIn
) -> InspectionTaskOut:
    """Keep what was found at a household, as who is named for it or has its duty in hand.

    Raises:
        InspectionNotFound, InspectionClosed, InspectionInvalid, NotYours, NotInHand, InOtherHands
    """
    task = await _visible_task(session, principal, task_id, lock=True)
    if task.state != "open":
        raise InspectionClosed(f"the household is {task.state}", state=task.state)
    await duties.require_in_hand(session, principal, rules.duty_id(task.id), named=task.responsible)
    wrong = "future" if said.visited_on > clock.today() else "before" if said.visited_on < task.counts_from else None
    if wrong is not None:
        fault = FieldError.told(texts.FAULTS, f"visited_on.{wrong}", "/visited_on")
        raise InspectionInvalid("the day cannot be right", errors=[fault])
    task.visited_on, task.finding, task.note = said.visited_on, said.finding, said.note
    task.state, task.closed_on, task.closed_by = "done", clock.today(), principal.actor
    task.version += 1
    await session.flush()
    await duties.take(session, [rules.duty(_task(task))])
    return _out(task)


async def list_page(
    session: AsyncSession, principal: Principal, query: InspectionsQuery, before: str | None
) -> InspectionPage:
    """Give a page of the inspections of the caller's counties, the newest first; none to a department.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    own = principal.within(query.area_code)
    wanted = _counties(principal) & {areas.county_of(root) for root in own.areas}
    found, total = await store.page(session, sorted(wanted), query, before=before, limit=query.limit + 1)
    rows = found[: query.limit]
    return InspectionPage(
        items=await _shown(session, principal, rows),
        total=total,
        next_cursor=encode_cursor([rows[-1].id]) if len(found) > query.limit else None,
    )


async def read(session: AsyncSession, principal: Principal, inspection_id: str) -> InspectionOut:
    """Give an inspection, of what was drawn in the caller's areas.

    Raises:
        InspectionNotFound
    """
    return (await _shown(session, principal, [await _visible(session, principal, inspection_id)]))[0]


async def read_task(session: AsyncSession, principal: Principal, task_id: str) -> InspectionTaskOut:
    """Give a household that was drawn.

    Raises:
        InspectionNotFound
    """
    return _out(await _visible_task(session, principal, task_id))


async def tasks_page(
    session: AsyncSession, principal: Principal, inspection_id: str, query: InspectionTasksQuery, after: int | None
) -> InspectionTasks:
    """Give a page of the households that were drawn in the caller's areas.

    Raises:
        InspectionNotFound
        OutsideArea: the area is not the caller's.
    """
    await _visible(session, principal, inspection_id)
    found, total = await store.tasks(
        session, principal, _IN_GRID, inspection_id, query, after=after, limit=query.limit + 1
    )
    rows = found[: query.limit]
    return InspectionTasks(
        items=[_out(each) for each in rows],
        total=total,
        next_cursor=encode_cursor([rows[-1].place]) if len(found) > query.limit else None,
    )


async def checklist(
    session: AsyncSession, principal: Principal, inspection_id: str, query: ChecklistQuery
) -> tuple[InspectionOut, str, Sequence[InspectionTaskOut]]:
    """Give what a checklist is printed of: the inspection, its title, its households.

    Raises:
        InspectionNotFound
        OutsideArea: the area is not the caller's.
    """
    shown = await read(session, principal, inspection_id)
    wanted = InspectionTasksQuery(area_code=query.area_code)
    found, _ = await store.tasks(session, principal, _IN_GRID, inspection_id, wanted, after=None, limit=10_000)
    names = await directory.names_of(session, {shown.area_code})
    year, quarter = shown.period.split("-Q")
    title = texts.TITLE.format(area=names.get(shown.area_code, shown.area_code), year=year, number=quarter)
    return shown, title, [_out(each) for each in found]


def pages(rows: Sequence[InspectionTaskOut]) -> Iterable[Sequence[InspectionTaskOut]]:
    """Give rows as the registry gives their titles: so many at once."""
    return (rows[first : first + MOST] for first in range(0, len(rows), MOST))


def document(inspection: InspectionOut, title: str, rows: Sequence[InspectionTaskRow]) -> Document:
    """Give the checklist to print: who is to be visited, by whom, and what was found."""
    seed = texts.SEED.format(seed=inspection.seed, number=inspection.households, digest=inspection.frame_digest[:16])
    table = Rows(
        title=texts.TABLE, heads=texts.HEADS, rows=[_printed(each) for each in rows], is_numbered=True
    )  # fmt: skip
    return Document(title, [Lines([seed, *([inspection.note] if inspection.note else [])]), table], is_wide=True)


def _printed(row: InspectionTaskRow) -> list[str]:
    title = row.title.model_dump() if row.title else {}
    household = title.get("household") or {}
    return [
        " ".join(title.get("area_path", [])) or row.area_code,
        household.get("hh_no") or row.household_id,
        (household.get("head") or {}).get("name", ""),
        texts.STRATA[row.stratum][0],
        row.responsible or "",
        row.due_on.isoformat(),
        texts.STATES[row.state],
        row.visited_on.isoformat() if row.visited_on else "",
        texts.FINDINGS[row.finding][0] if row.finding else "",
        row.note or "",
    ]


async def _shown(session: AsyncSession, principal: Principal, found: Sequence[Inspection]) -> list[InspectionOut]:
    counts: dict[str, dict[str, Any]] = {each.id: {"strata": {}, "open": 0} for each in found}
    for row in await store.drawn(session, principal, _IN_GRID, list(counts)):
        counts[row.inspection_id]["strata"][row.stratum] = row.drawn
        counts[row.inspection_id]["open"] += row.open
    return [
        InspectionOut.model_validate(
            each.model_dump()
            | {
                "frame": [row for row in each.frame if principal.covers(row["area_code"])],
                "drawn": {name: counts[each.id]["strata"].get(name, 0) for name in rules.STRATA},
                "open": counts[each.id]["open"],
            }
        )
        for each in found
    ]


def _counties(principal: Principal) -> set[str]:
    """Give the counties whose inspections concern the caller: a list of households stays in the county."""
    if principal.department is not None or is_outside_county(principal):
        return set()
    return {areas.county_of(root) for root in principal.areas}


async def _visible(session: AsyncSession, principal: Principal, inspection_id: str) -> Inspection:
    kept = await store.get(session, inspection_id)
    if kept is None or kept.area_code not in _counties(principal):
        raise InspectionNotFound("no such inspection within your reach")
    return kept


async def _visible_task(
    session: AsyncSession, principal: Principal, task_id: str, *, lock: bool = False
) -> InspectionTask:
    task = await store.task(session, task_id, lock=lock)
    home = await directory.find(session, task.household_id) if task is not None else None
    is_own = home is not None and principal.covers(home.area_code, home.grid)
    if task is None or not is_own or not _counties(principal):
        raise InspectionNotFound("no such household within your reach")
    return task


def _task(task: InspectionTask) -> Task:
    return Task(**{name: getattr(task, name) for name in Task.__slots__})


def _out(task: InspectionTask) -> InspectionTaskOut:
    return InspectionTaskOut.model_validate(
        task.model_dump()
        | {"is_overdue": task.state == "open" and task.due_on < clock.today(), "duty_id": rules.duty_id(task.id)}
    )
