"""Reading duties: the list, its counts, one by itself, and why it is due, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import service as directory
from alerts.duties import rules, store
from alerts.duties.problems import DutyNotFound
from alerts.duties.schemas import (
    ClockOut,
    DayOut,
    DutyCount,
    DutyCounts,
    DutyDetail,
    DutyFilter,
    DutyOut,
    DutyQuery,
    DutyRows,
    NoteOut,
    Said,
    StepOut,
)
from alerts.duties.tables import Duty
from contracts.duties import KINDS, LEVELS, Pause
from servicekit import areas, clock, conflicts
from servicekit.auth import Principal
from servicekit.paging import encode_cursor, not_ours, read_cursor
from servicekit.refused import RefusedOut

_LINKS = {
    "clue": "/v1/clues/{}",
    "policy_gap": "/v1/policy-gaps/{}",
    "episode": "/v1/episodes/{}",
    "measure": "/v1/measures/{}",
    "plan_task": "/v1/plan-tasks/{}",
    "change_request": "/v1/change-requests/{}",
    "dataset": "/v1/deliveries?dataset={}&period={}",
    "delivery": "/v1/deliveries/{}",
    "run": "/v1/comparison-runs/{}",
    "worklist": "/v1/worklist?dataset={}&period={}&state=open",
    "correction": "/v1/corrections/{}",
    "calendar": "/v1/policy-profiles/{}?on={}-01-01",
    "campaign": "/v1/campaigns/{}/tasks?area={}&undone=true",
    "campaign_period": "/v1/campaigns?area={}",
    "area_check": "/v1/area-checks/{}",
    "counter_check": "/v1/quality/errors/{}",
    "collective_income": "/v1/collective-incomes/{}/{}",
    "income_cohort": "/v1/income-cohorts/households?area={}&year={}&is_planned=false",
    "visit_round": "/v1/visit-rounds?area={}&on={}&by=grid",
    "rectification": "/v1/rectifications/{}",
    "rectification_report": "/v1/rectification-reports?area={}&period={}",
    "scheduling": "/v1/schedulings?area={}&period={}",
    "scheduling_item": "/v1/scheduling-items/{}",
    "inspection_task": "/v1/inspection-tasks/{}",
    "feedback": "/v1/feedback-rounds/{}/items",
    "petition": "/v1/petitions/{}",
}


async def list_page(session: AsyncSession, principal: Principal, wanted: DutyQuery) -> DutyRows:
    """Give a page of the duties that the caller may see, those that are due first.

    Raises:
        OutsideArea: the area is not the caller's.
        InvalidInput: the cursor is none of ours.
    """
    if wanted.area is not None:
        principal.require_reach(wanted.area)
    after = read_cursor(wanted.cursor, str, str)
    if after is not None:
        try:
            date.fromisoformat(after[0])
        except ValueError as error:
            raise not_ours() from error
    found, number = await store.page(session, principal, wanted, clock.today(), after=after, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    last = shown[-1] if len(found) > wanted.limit else None
    return DutyRows(
        items=await _rows(session, shown),
        total=min(number, store.COUNTED),
        is_more=number > store.COUNTED,
        next_cursor=encode_cursor([last.due_on.isoformat(), last.id]) if last else None,
    )


async def given(session: AsyncSession, principal: Principal, duty_ids: Sequence[str]) -> list[DutyOut]:
    """Give those of these duties that the caller may see, in no order."""
    return await _rows(session, await store.given(session, principal, duty_ids, clock.today()))


async def _rows(session: AsyncSession, found: Sequence[Duty]) -> list[DutyOut]:
    names = await _names(session, [duty.area_code for duty in found])
    return [DutyOut.model_validate(_seen(duty, names)) for duty in found]


async def counts(session: AsyncSession, principal: Principal, wanted: DutyFilter) -> DutyCounts:
    """Count the duties that the caller may see, by kind, state and the areas below the one that it asks for.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    if wanted.area is not None:
        principal.require_reach(wanted.area)
    root = wanted.area or areas.common_root(*principal.areas)
    rows = await store.counts(session, principal, wanted, clock.today(), areas.digits_below(root))
    names = await directory.names_of(session, {row["area_code"] for row in rows})
    return DutyCounts(
        items=[DutyCount(**row, kind_label=_label(row["kind"]), area_name=names.get(row["area_code"])) for row in rows]
    )


async def read(session: AsyncSession, principal: Principal, duty_id: str) -> DutyDetail:
    """Give a duty with what was said on it and what its clock does.

    Raises:
        DutyNotFound
    """
    return await detail(session, await visible(session, principal, duty_id))


async def days(session: AsyncSession, principal: Principal, duty_id: str) -> ClockOut:
    """Tell day by day why a duty is due, or late.

    Raises:
        DutyNotFound
    """
    duty = await visible(session, principal, duty_id)
    today = clock.today()
    book = await directory.policies(session, today)
    found = rules.days(
        duty.kind,
        duty.counts_from,
        duty.due_on,
        until=duty.closed_on or today,
        pauses=[Pause.model_validate(pause) for pause in duty.pauses],
        work=book.for_area(duty.area_code).work if duty.unit == "working" else None,
    )
    return ClockOut(
        counts_from=duty.counts_from,
        due_on=duty.due_on,
        unit=duty.unit,
        is_estimate=duty.is_estimate,
        days=[DayOut(**{name: getattr(day, name) for name in DayOut.model_fields}) for day in found],
    )


async def visible(session: AsyncSession, principal: Principal, duty_id: str, *, lock: bool = False) -> Duty:
    """Give a duty of the caller's areas and department.

    Raises:
        DutyNotFound
    """
    duty = await store.get(session, duty_id, lock=lock)
    if (
        duty is None
        or principal.department not in (None, duty.department)
        or not await directory.is_own(session, principal, duty.area_code, duty.household_id)
    ):
        raise DutyNotFound("no such duty within your reach")
    return duty


async def detail(session: AsyncSession, duty: Duty) -> DutyDetail:
    """Give a duty as it is shown by itself."""
    await session.flush()
    kind = KINDS.get(duty.kind)
    steps = [
        StepOut(on=duty.due_on + timedelta(days=step.day), to=step.to, is_done=place <= duty.step)
        for place, step in enumerate(kind.ladder if kind else (), 1)
    ]
    said = [NoteOut.model_validate(each.model_dump()) for each in await store.notes(session, duty.id)]
    seen = _seen(duty, await _names(session, [duty.area_code]))
    refused = [RefusedOut.model_validate(each) for each in await conflicts.refused(session, store.DUTY, duty.id)]
    besides = {
        "unit": duty.unit,
        "pauses": duty.pauses,
        "steps": steps,
        "notes": said,
        "holders": [asdict(each) for each in rules.holders(said)],
        "refused": refused,
    }
    return DutyDetail.model_validate({**seen, **besides})


async def _names(session: AsyncSession, codes: Sequence[str]) -> dict[str, str]:
    wanted = {part for code in codes for part in (areas.county_of(code), areas.town_of(code), code)}
    return await directory.names_of(session, wanted) if wanted else {}


def _label(kind: str) -> Said:
    known = KINDS.get(kind)
    return Said(zh=known.zh, en=known.en) if known else Said(zh=kind, en=kind)


def _seen(duty: Duty, names: Mapping[str, str]) -> dict[str, object]:
    kind = KINDS.get(duty.kind)
    path = dict.fromkeys((areas.county_of(duty.area_code), areas.town_of(duty.area_code), duty.area_code))
    subject = kind.subject if kind else ""
    left = (duty.due_on - clock.today()).days if duty.state == "open" else None
    level = LEVELS.get(duty.escalated_to) if duty.escalated_to else None
    return {
        **duty.model_dump(),
        "kind_label": _label(duty.kind),
        "subject": subject,
        "link": _LINKS[subject].format(*duty.subject_id.split("/")) if subject in _LINKS else None,
        "area_names": [names[code] for code in path if code in names],
        "assignee": kind.assignee if kind else "township",
        "is_overdue": left is not None and left < 0 and not duty.is_paused,
        "days_left": left,
        "escalated_to_title": Said(zh=level[0], en=level[1]) if level else None,
    }
