"""Use cases of duties. Their owners open and close them; here is the list, what is said on them, and their clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access.service import Right, Rights
from alerts.directory import service as directory
from alerts.duties import rules, store
from alerts.duties.problems import DutyClosed, DutyNotFound, HandOverUnfit, InOtherHands, NotInHand, NotYours
from alerts.duties.reading import counts, days, detail, given, list_page, read, visible
from alerts.duties.rules import Held
from alerts.duties.schemas import DutyDetail
from alerts.duties.tables import Duty, DutyNote
from alerts.duties.timeline import TIMELINE
from alerts.feed import service as feed
from alerts.people import service as people
from alerts.subscriptions import service as subscriptions
from contracts import duties
from contracts.vocabulary import AlertKind
from servicekit import clock, conflicts, etags, outward, persons
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.problems import FieldError

__all__ = [
    "SUBJECT",
    "TIMELINE",
    "HandOver",
    "Held",
    "InOtherHands",
    "NotInHand",
    "NotYours",
    "accept",
    "clock_job",
    "clues_job",
    "counts",
    "days",
    "follow_clues",
    "follow_gaps",
    "follow_households",
    "given",
    "hand_over",
    "list_page",
    "note",
    "read",
    "require_in_hand",
    "settle_refused",
    "step_batch",
    "take",
    "unfit_person",
]  # fmt: skip

log = structlog.get_logger(__name__)

SUBJECT = store.DUTY

_BATCH = 500


async def take(session: AsyncSession, said: Sequence[duties.Duty]) -> None:
    """Keep what owners say of duties: the newest revision of each holds, in whatever order they come.

    What was opened and is of a kind that is announced goes to the feed.
    """
    newest: dict[str, duties.Duty] = {}
    for duty in said:
        known = newest.get(duty.duty_id)
        if known is None or known.revision < duty.revision:
            newest[duty.duty_id] = duty
    homes = {duty.household_id: duty.area_code for duty in newest.values() if duty.household_id is not None}
    if homes:
        await directory.lock(session, homes)
    now = clock.now()
    opened = await store.keep_events(session, [_row(duty) for duty in newest.values()], now, clock.today())
    told = [
        feed.NewDutyAlert(kind=AlertKind.DUTY_OPENED, raised_at=now, **row)
        for row in opened
        if (kind := duties.KINDS.get(row["duty_kind"])) is not None and kind.announced
    ]
    if homes:
        await store.follow(session, homes)
    await subscriptions.publish(session, told)
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


async def require_in_hand(
    session: AsyncSession, principal: Principal, duty_id: str, *, named: str | None = None
) -> None:
    """Let only whoever has the duty in hand give the result that closes it, of those who see what it is about.

    Args:
        named: Who is named as responsible and need not take it in hand, as long as that person may act on it.

    Raises:
        NotYours, DutyClosed
        NotInHand: nobody has taken it in hand.
        InOtherHands: somebody else has it.
    """
    try:
        duty = await _own(session, principal, duty_id)
    except DutyNotFound as error:  # a department does not see what the township has to do
        raise NotYours("the duty is somebody else's") from error
    if named is not None and named == principal.actor:
        return
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


async def accept(session: AsyncSession, principal: Principal, duty_id: str, if_match: str | None = None) -> DutyDetail:
    """Take a duty in hand, as the person who is signed in; a repeat changes nothing.

    Args:
        if_match: ETag as it was read; None takes it as it is.

    Raises:
        DutyNotFound, NotYours, DutyClosed
        PreconditionFailed: somebody has acted on it since, or its owner has.
        InOtherHands: somebody else has it.
    """
    duty = await _own(session, principal, duty_id, if_match)
    if duty.holder is None:
        duty.holder, duty.accepted_at = principal.actor, clock.now()
        _say(session, duty, principal, "accepted")
        await failpoint_async("alerts.duty_accepted")
    elif duty.holder != principal.actor:
        raise InOtherHands(f"{duty.holder} has it in hand", holder=duty.holder)
    return await detail(session, duty)


@dataclass(frozen=True)
class HandOver:
    """To whom a duty is given: a person (`staff:<id>`) or a client, and why."""

    to: str
    text: str | None = None


async def hand_over(
    session: AsyncSession,
    principal: Principal,
    rights: Rights,
    duty_id: str,
    given: HandOver,
    if_match: str | None = None,
) -> DutyDetail:
    """Give a duty to a person, or a client, of those who may act on it.

    Raises:
        DutyNotFound, NotYours, DutyClosed
        PreconditionFailed: as for `accept`.
        InOtherHands: somebody else has it.
        HandOverUnfit: the other one may not act on it; `errors` say why.
    """
    duty, to = await _own(session, principal, duty_id, if_match), given.to
    if duty.holder not in (None, principal.actor):
        raise InOtherHands(f"{duty.holder} has it in hand", holder=duty.holder)
    if persons.is_person(to):
        grid = await directory.grid_of(session, duty.household_id)
        held = Held(duty.kind, duty.area_code, duty.department, duty.escalated_to, grid)
        flaw = await unfit_person(session, held, to)
    else:
        flaw = _unfit_client(duty, await rights.of(to))
    if flaw is not None:
        raise HandOverUnfit("the other one may not act on this duty", errors=[flaw])
    duty.holder, duty.accepted_at = to, clock.now()
    _say(session, duty, principal, "handed_over", to=to, text=given.text)
    return await detail(session, duty)


async def unfit_person(session: AsyncSession, held: Held, name: str, pointer: str = "/to") -> FieldError | None:
    """Tell why somebody (`staff:<id>`) may not have a duty; None where the person may."""
    today = clock.today()
    known = (await people.known(session, [name])).get(persons.staff_id_of(name) or "")
    flaw = persons.why_not(known, persons.Place(held.area_code, today, held.grid), pointer)
    if flaw is not None or known is None:
        return flaw
    return None if rules.may_have(known.running(today), held) else _unfit(pointer)


def _unfit(pointer: str) -> FieldError:
    return FieldError(pointer, f"{pointer[1:]}.unfit", "对方不能办理该事项 / the other one may not act on it")


def _unfit_client(duty: Duty, right: Right | None) -> FieldError | None:
    if (
        right is None
        or not right.is_active
        or rules.HANDLE not in right.scopes
        or not right.covers_code(duty.area_code)
        or right.department != duty.department
        or (duty.department is None and not _is_assigned(duty, right.roots))
    ):
        return _unfit("/to")
    return None


async def note(
    session: AsyncSession, principal: Principal, duty_id: str, said: str, if_match: str | None = None
) -> DutyDetail:
    """Keep a note on a duty.

    Raises:
        DutyNotFound, NotYours, DutyClosed
        PreconditionFailed: as for `accept`.
    """
    duty = await _own(session, principal, duty_id, if_match)
    _say(session, duty, principal, "note", text=said)
    return await detail(session, duty)


async def settle_refused(session: AsyncSession, principal: Principal, duty_id: str, refused_id: str) -> DutyDetail:
    """Say that what was refused as stale needs nobody any more; also of a duty that is closed.

    Raises:
        DutyNotFound, NotYours
        NothingToSettle
    """
    duty = await _acting(session, principal, duty_id)
    await conflicts.settle(session, principal, store.DUTY, duty_id, refused_id)
    return await detail(session, duty)


async def _own(session: AsyncSession, principal: Principal, duty_id: str, if_match: str | None = None) -> Duty:
    duty = await _acting(session, principal, duty_id)
    if duty.state != "open":
        raise DutyClosed(f"the duty is {duty.state}", state=duty.state)
    if if_match is not None:
        etags.require_match(if_match, duty.version)
    return duty


async def _acting(session: AsyncSession, principal: Principal, duty_id: str) -> Duty:
    duty = await visible(session, principal, duty_id, lock=True)
    if duty.department is not None:
        is_own = principal.acts_for(duty.department)
    else:
        is_own = principal.department is None and _is_assigned(duty, principal.areas)
    if not is_own:
        raise NotYours("the duty is somebody else's")
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
    duty.updated_at, duty.version = now, duty.version + 1
    session.add(DutyNote(id=new_id(), duty_id=duty.id, kind=kind, by=principal.actor, to=to, text=text, at=now))
