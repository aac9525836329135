"""Use cases of duties. Their owners open and close them; here is the list, what is said on them, and their clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access.service import Right, Rights
from alerts.directory import service as directory
from alerts.duties import rules, store
from alerts.duties.problems import DutyClosed, DutyNotFound, HandOverUnfit, InOtherHands, NotInHand, NotYours
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
from alerts.duties.tables import Duty, DutyNote
from alerts.duties.timeline import TIMELINE
from alerts.feed import service as feed
from alerts.people import service as people
from alerts.subscriptions import service as subscriptions
from contracts import duties
from contracts.duties import KINDS, LEVELS, Pause
from contracts.vocabulary import AlertKind
from servicekit import areas, clock, outward, persons
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.paging import encode_cursor, not_ours, read_cursor
from servicekit.problems import FieldError

__all__ = [
    "TIMELINE", "InOtherHands", "NotInHand", "NotYours", "accept", "clock_job", "clues_job", "counts", "days",
    "follow_clues", "follow_gaps", "follow_households", "hand_over", "list_page", "note", "read", "require_in_hand",
    "step_batch", "take",
]  # fmt: skip

log = structlog.get_logger(__name__)

_BATCH = 500
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
    "visit_round": "/v1/visit-rounds?area={}&on={}&by=grid",
}
_NEXT_LEVEL = {"nation": 2, "province": 4, "city": 6, "county": 9, "town": 12, "village": 12}


async def take(session: AsyncSession, said: Sequence[duties.Duty]) -> None:
    """Keep what owners say of duties: the newest revision of each holds, in whatever order they come."""
    newest: dict[str, duties.Duty] = {}
    for duty in said:
        known = newest.get(duty.duty_id)
        if known is None or known.revision < duty.revision:
            newest[duty.duty_id] = duty
    homes = {duty.household_id: duty.area_code for duty in newest.values() if duty.household_id is not None}
    if homes:
        await directory.lock(session, homes)
    await store.keep_events(session, [_row(duty) for duty in newest.values()], clock.now(), clock.today())
    if homes:
        await store.follow(session, homes)
    await failpoint_async("alerts.duties_taken")


def _row(duty: duties.Duty) -> dict[str, object]:
    closed = duty if isinstance(duty, duties.Closed) else None
    return {
        **duty.model_dump(mode="json"),
        "id": duty.duty_id,
        "state": closed.outcome if closed else "open",
        "closed_on": closed.closed_on if closed else None,
    }


async def follow_clues(session: AsyncSession, clue_ids: Collection[str]) -> None:
    """Bring the duty of verifying each of these clues, of locked households, to what the clue is."""
    if clue_ids:
        await store.keep_clues(session, clue_ids, clock.now(), clock.today())


async def follow_gaps(session: AsyncSession, gap_ids: Collection[str]) -> None:
    """Bring the duties of these policy gaps, of locked households, to what the gaps are."""
    if gap_ids:
        await store.keep_gaps(session, gap_ids, clock.now(), clock.today())


async def require_in_hand(session: AsyncSession, principal: Principal, duty_id: str) -> None:
    """Let only whoever has the duty in hand give the result that closes it, of those who see what it is about.

    Raises:
        NotYours, DutyClosed
        NotInHand: nobody has taken it in hand.
        InOtherHands: somebody else has it.
    """
    try:
        duty = await _own(session, principal, duty_id)
    except DutyNotFound as error:  # a department does not see what the township has to do
        raise NotYours("the duty is somebody else's") from error
    if duty.holder is None:
        raise NotInHand("nobody has taken it in hand", duty_id=duty_id)
    if duty.holder != principal.actor:
        raise InOtherHands(f"{duty.holder} has it in hand", holder=duty.holder)


async def follow_households(session: AsyncSession, household_ids: Collection[str]) -> None:
    """Let the duties about locked households lie where those are now."""
    await store.follow(session, household_ids)


def clues_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that brings clues which another release raised or closed into the list."""

    async def follow_strays() -> None:
        while True:
            async with database.transaction() as session:
                strays = await store.astray(session, _BATCH)
                if not strays:
                    return
                await directory.lock(session, {row.household_id: row.area_code for row in strays})
                await follow_clues(session, {row.id for row in strays})

    return follow_strays


async def step_batch(session: AsyncSession) -> int:
    """Do at most a batch of steps of the ladders and publish their alerts; give how many were done."""
    now = clock.now()
    done = await store.take_steps(session, now, clock.today(), _BATCH)
    alerts = [
        feed.NewDutyAlert(
            kind=AlertKind.DUTY_NEAR if row["escalated_to"] is None else AlertKind.DUTY_LATE, raised_at=now, **row
        )
        for row in done
    ]
    await subscriptions.publish(session, alerts)
    if alerts:
        await failpoint_async("alerts.duties_stepped")
        log.info("duties.stepped", steps=len(alerts))
    return len(alerts)


def clock_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job: batches, a transaction each, until no step is due. It waits while sending is held.

    A step is marked in the transaction that tells it, on rows that another replica passes over: it is told once.
    """

    async def step_duties() -> None:
        while not await outward.is_held_in(database):
            async with database.transaction() as session:
                if not await step_batch(session):
                    return

    return step_duties


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
    rows = await store.counts(session, principal, wanted, clock.today(), _NEXT_LEVEL[areas.level_of(root)])
    names = await directory.names_of(session, {row["area_code"] for row in rows})
    return DutyCounts(
        items=[DutyCount(**row, kind_label=_label(row["kind"]), area_name=names.get(row["area_code"])) for row in rows]
    )


async def read(session: AsyncSession, principal: Principal, duty_id: str) -> DutyDetail:
    """Give a duty with what was said on it and what its clock does.

    Raises:
        DutyNotFound
    """
    return await _detail(session, await _visible(session, principal, duty_id))


async def days(session: AsyncSession, principal: Principal, duty_id: str) -> ClockOut:
    """Tell day by day why a duty is due, or late.

    Raises:
        DutyNotFound
    """
    duty = await _visible(session, principal, duty_id)
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


async def accept(session: AsyncSession, principal: Principal, duty_id: str) -> DutyDetail:
    """Take a duty in hand, as the person who is signed in; a repeat changes nothing.

    Raises:
        DutyNotFound, NotYours, DutyClosed
        InOtherHands: somebody else has it.
    """
    duty = await _own(session, principal, duty_id)
    if duty.holder is None:
        duty.holder, duty.accepted_at = principal.actor, clock.now()
        _say(session, duty, principal, "accepted")
        await failpoint_async("alerts.duty_accepted")
    elif duty.holder != principal.actor:
        raise InOtherHands(f"{duty.holder} has it in hand", holder=duty.holder)
    return await _detail(session, duty)


async def hand_over(
    session: AsyncSession, principal: Principal, rights: Rights, duty_id: str, to: str, note: str | None
) -> DutyDetail:
    """Give a duty to a person, or a client, of those who may act on it.

    Raises:
        DutyNotFound, NotYours, DutyClosed
        InOtherHands: somebody else has it.
        HandOverUnfit: the other one may not act on it; `errors` say why.
    """
    duty = await _own(session, principal, duty_id)
    if duty.holder not in (None, principal.actor):
        raise InOtherHands(f"{duty.holder} has it in hand", holder=duty.holder)
    flaw = await _unfit_person(session, duty, to) if persons.is_person(to) else _unfit_client(duty, await rights.of(to))
    if flaw is not None:
        raise HandOverUnfit("the other one may not act on this duty", errors=[flaw])
    duty.holder, duty.accepted_at = to, clock.now()
    _say(session, duty, principal, "handed_over", to=to, text=note)
    return await _detail(session, duty)


_UNFIT = FieldError("/to", "to.unfit", "对方不能办理该事项 / the other one may not act on it")


async def _unfit_person(session: AsyncSession, duty: Duty, name: str) -> FieldError | None:
    today = clock.today()
    known = (await people.known(session, [name])).get(persons.staff_id_of(name) or "")
    grid = await directory.grid_of(session, duty.household_id)
    flaw = persons.why_not(known, persons.Place(duty.area_code, today, grid), "/to")
    if flaw is not None or known is None:
        return flaw
    held = rules.Held(duty.kind, duty.area_code, duty.department, duty.escalated_to, grid)
    return None if rules.may_have(known.running(today), held) else _UNFIT


def _unfit_client(duty: Duty, right: Right | None) -> FieldError | None:
    if (
        right is None
        or not right.is_active
        or rules.HANDLE not in right.scopes
        or not right.covers_code(duty.area_code)
        or right.department != duty.department
        or (duty.department is None and not _is_assigned(duty, right.roots))
    ):
        return _UNFIT
    return None


async def note(session: AsyncSession, principal: Principal, duty_id: str, said: str) -> DutyDetail:
    """Keep a note on a duty.

    Raises:
        DutyNotFound, NotYours, DutyClosed
    """
    duty = await _own(session, principal, duty_id)
    _say(session, duty, principal, "note", text=said)
    return await _detail(session, duty)


async def _visible(session: AsyncSession, principal: Principal, duty_id: str, *, lock: bool = False) -> Duty:
    duty = await store.get(session, duty_id, lock=lock)
    if (
        duty is None
        or principal.department not in (None, duty.department)
        or not await directory.is_own(session, principal, duty.area_code, duty.household_id)
    ):
        raise DutyNotFound("no such duty within your reach")
    return duty


async def _own(session: AsyncSession, principal: Principal, duty_id: str) -> Duty:
    duty = await _visible(session, principal, duty_id, lock=True)
    if duty.department is not None:
        is_own = principal.acts_for(duty.department)
    else:
        is_own = principal.department is None and _is_assigned(duty, principal.areas)
    if not is_own:
        raise NotYours("the duty is somebody else's")
    if duty.state != "open":
        raise DutyClosed(f"the duty is {duty.state}", state=duty.state)
    return duty


def _is_assigned(duty: Duty, roots: Sequence[str]) -> bool:
    return rules.are_assigned(roots, duty.kind, duty.area_code, duty.escalated_to)


def _say(
    session: AsyncSession,
    duty: Duty,
    principal: Principal,
    kind: str,
    *,
    to: str | None = None,
    text: str | None = None,
) -> None:
    now = clock.now()
    duty.updated_at = now
    session.add(DutyNote(id=new_id(), duty_id=duty.id, kind=kind, by=principal.actor, to=to, text=text, at=now))


async def _detail(session: AsyncSession, duty: Duty) -> DutyDetail:
    await session.flush()
    kind = KINDS.get(duty.kind)
    steps = [
        StepOut(on=duty.due_on + timedelta(days=step.day), to=step.to, is_done=place <= duty.step)
        for place, step in enumerate(kind.ladder if kind else (), 1)
    ]
    said = [NoteOut.model_validate(each.model_dump()) for each in await store.notes(session, duty.id)]
    seen = _seen(duty, await _names(session, [duty.area_code]))
    return DutyDetail.model_validate({**seen, "unit": duty.unit, "pauses": duty.pauses, "steps": steps, "notes": said})


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
