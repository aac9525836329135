"""Use cases of the rectification ledger: registered by the county, put right by the unit, cleared by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.rectification import rules, store
from alerts.rectification.problems import (
    RectificationIllegalStep,
    RectificationInvalid,
    RectificationSecondPerson,
)
from alerts.rectification.reading import case, counts, detail, is_seen, list_page, read, visible
from alerts.rectification.rules import Action, Case
from alerts.rectification.schemas import (
    AmendIn,
    DecisionIn,
    LookBackIn,
    ProblemDetail,
    ProblemIn,
    ProgressIn,
    ReopenIn,
    SubmissionIn,
)
from alerts.rectification.store import counties, month
from alerts.rectification.tables import Rectification, RectificationStep
from alerts.rectification.texts import FAULTS
from contracts.duties import Outcome
from contracts.errors import FieldError
from contracts.supervision import ProblemState
from servicekit import clock, etags
from servicekit.auth import Principal
from servicekit.ids import new_id

__all__ = [
    "Asked", "amend", "counties", "counts", "decide", "list_page", "look_back", "month", "progress", "read", "register",
    "reopen", "submit",
]  # fmt: skip

_SAID = (
    "area_code", "department", "person", "source", "source_document", "problem_class", "problem", "measure",
    "households", "found_on", "due_on",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Who takes a step, on which problem, and the ETag as it was read; None takes it as it is."""

    principal: Principal
    problem_id: str
    if_match: str | None = None


@dataclass(frozen=True)
class _Step:
    action: Action
    note: str
    evidence: Sequence[str] = ()


async def register(session: AsyncSession, principal: Principal, said: ProblemIn) -> ProblemDetail:
    """Take a problem into the ledger; its unit has the duty to put it right.

    Raises:
        NotSupervisor: the caller acts for a department.
        OutsideArea: the place is not the caller's.
        RectificationInvalid
    """
    access.require_supervisor(principal)
    principal.require_area(said.area_code)
    today = clock.today()
    problem = Rectification(
        id=new_id(),
        unit="",
        counts_from=today,
        state=ProblemState.OPEN.value,
        version=0,
        registered_on=today,
        updated_at=clock.now(),
        **{name: getattr(said, name) for name in _SAID},
    )
    await _check(session, principal, problem, said)
    session.add(problem)
    await session.flush()
    return await _moved(session, principal, problem, _Step("registered", said.problem))


async def amend(session: AsyncSession, asked: Asked, said: AmendIn) -> ProblemDetail:
    """Let a problem that nobody has handed in read as it should.

    Raises:
        RectificationNotFound, RectificationIllegalStep, RectificationInvalid, NotSupervisor, OutsideArea
        PreconditionRequired, PreconditionFailed: it was not read, or has changed since.
    """
    access.require_supervisor(asked.principal)
    problem = await _locked(session, asked, "amended")
    asked.principal.require_area(said.area_code)
    before = case(problem)
    for name in _SAID:
        setattr(problem, name, getattr(said, name))
    await _check(session, asked.principal, problem, said)
    return await _moved(
        session, asked.principal, problem, _Step("amended", said.note), before=before, outcome="cancelled"
    )


async def progress(session: AsyncSession, asked: Asked, said: ProgressIn) -> ProblemDetail:
    """Keep how far the responsible unit is; the first time it has begun.

    Raises:
        RectificationNotFound, RectificationIllegalStep, PreconditionFailed
        RectificationInvalid: nobody has said what will be done.
        NotYours, NotInHand, InOtherHands: whoever is named, or has the duty in hand, says so.
    """
    problem = await _own(session, asked, "progress")
    before = case(problem)
    problem.measure = said.measure or problem.measure
    if not problem.measure:
        raise _invalid([FieldError.told(FAULTS, "measure.missing", "/measure")])
    problem.state = ProblemState.RECTIFYING.value
    return await _moved(session, asked.principal, problem, _Step("progress", said.note, said.evidence), before=before)


async def submit(session: AsyncSession, asked: Asked, said: SubmissionIn) -> ProblemDetail:
    """Hand in what shows that a problem is put right: the county has to look.

    Raises:
        RectificationNotFound, RectificationIllegalStep, PreconditionFailed
        NotYours, NotInHand, InOtherHands
    """
    problem = await _own(session, asked, "submitted")
    before, policy = case(problem), await _policy(session, problem)
    problem.state = ProblemState.SUBMITTED.value
    problem.submitted_on = clock.today()
    problem.check_due_on = problem.submitted_on + timedelta(days=policy.check_days)
    return await _moved(session, asked.principal, problem, _Step("submitted", said.note, said.evidence), before=before)


async def decide(session: AsyncSession, asked: Asked, said: DecisionIn) -> ProblemDetail:
    """Clear (销号) what is said to be put right, or return it, as somebody who did not do the work.

    Raises:
        RectificationNotFound, RectificationIllegalStep, PreconditionFailed, RectificationInvalid
        NotSupervisor, RectificationSecondPerson
    """
    access.require_supervisor(asked.principal)
    action: Action = "cleared" if said.agrees else "returned"
    problem = await _locked(session, asked, action)
    await _require_second(session, asked.principal, problem)
    before = case(problem)
    if said.agrees:
        if said.due_on is not None:
            raise _invalid([FieldError.told(FAULTS, "due_on.unexpected", "/due_on")])
        policy = await _policy(session, problem)
        problem.state = ProblemState.CLEARED.value
        problem.cleared_on, problem.cleared_by = clock.today(), asked.principal.actor
        problem.look_back_due_on = problem.cleared_on + timedelta(days=policy.look_back_days)
    else:
        _again(problem, said.due_on)
    return await _moved(session, asked.principal, problem, _Step(action, said.note), before=before)


async def look_back(session: AsyncSession, asked: Asked, said: LookBackIn) -> ProblemDetail:
    """Say whether what was cleared is still right; what recurred is to be put right again, and is marked.

    Raises:
        RectificationNotFound, RectificationIllegalStep, PreconditionFailed, RectificationInvalid
        NotSupervisor, RectificationSecondPerson
    """
    access.require_supervisor(asked.principal)
    action: Action = "looked_back" if said.result == "holds" else "recurred"
    problem = await _locked(session, asked, action)
    await _require_second(session, asked.principal, problem)
    before = case(problem)
    problem.looked_back_on = clock.today()
    if action == "recurred":
        if said.due_on is None:
            raise _invalid([FieldError.told(FAULTS, "due_on.missing", "/due_on")])
        problem.is_recurring = True
        _reopen(problem, said.due_on)
    elif said.due_on is not None:
        raise _invalid([FieldError.told(FAULTS, "due_on.unexpected", "/due_on")])
    else:
        problem.state = ProblemState.LOOKED_BACK.value
    return await _moved(session, asked.principal, problem, _Step(action, said.note, said.evidence), before=before)


async def reopen(session: AsyncSession, asked: Asked, said: ReopenIn) -> ProblemDetail:
    """Have a problem put right again that was cleared though it should not have been.

    Raises:
        RectificationNotFound, RectificationIllegalStep, PreconditionFailed, RectificationInvalid
        NotSupervisor
    """
    access.require_supervisor(asked.principal)
    problem = await _locked(session, asked, "reopened")
    before = case(problem)
    _reopen(problem, said.due_on)
    return await _moved(
        session, asked.principal, problem, _Step("reopened", said.note), before=before, outcome="cancelled"
    )


def _reopen(problem: Rectification, due_on: date) -> None:
    problem.reopened += 1
    _again(problem, due_on)


def _again(problem: Rectification, due_on: date | None) -> None:
    """Give the unit a problem to put right again."""
    if due_on is not None:
        if flaws := rules.due_again(due_on, clock.today()):
            raise _invalid(flaws)
        problem.due_on = due_on
    problem.state = ProblemState.RECTIFYING.value
    problem.counts_from = clock.today()
    problem.submitted_on = problem.check_due_on = None
    problem.cleared_on = problem.cleared_by = problem.look_back_due_on = None


async def _check(session: AsyncSession, principal: Principal, problem: Rectification, said: ProblemIn) -> None:
    """See that what is said of a problem goes together, and whether it had been cleared before."""
    flaws = rules.flaws_of(
        rules.Said(problem.area_code, problem.department, problem.found_on, problem.due_on, clock.today())
    )
    if flaws:  # before anything is asked: what the table would refuse is not sent to it
        raise _invalid(flaws)
    if problem.person is not None:
        kind = "Z01" if problem.department else "Z02"
        held = duties.Held(kind, problem.area_code, problem.department, None)
        flaw = await duties.unfit_person(session, held, problem.person, "/person")
        flaws += [flaw] if flaw else []
    problem.unit = rules.unit_of(problem.area_code, problem.department)
    if said.recurs_of is not None:
        before = await store.get(session, said.recurs_of)
        if before is None or before.id == problem.id or not is_seen(principal, before):
            flaws.append(FieldError.told(FAULTS, "recurs_of.unknown", "/recurs_of"))
        elif before.cleared_on is None or before.cleared_on > problem.found_on:
            flaws.append(FieldError.told(FAULTS, "recurs_of.not_cleared", "/recurs_of"))
    if flaws:
        raise _invalid(flaws)
    problem.recurs_of = said.recurs_of or await store.earlier(session, problem)
    came_back = any(step.action == "recurred" for step in await store.steps(session, problem.id))
    problem.is_recurring = came_back or problem.recurs_of is not None


async def _moved(
    session: AsyncSession,
    principal: Principal,
    problem: Rectification,
    step: _Step,
    *,
    before: Case | None = None,
    outcome: Outcome = "done",
) -> ProblemDetail:
    """Give a problem its next version; keep who did what and say what it makes of its duties."""
    problem.version += 1
    problem.updated_at = clock.now()
    today = clock.today()
    session.add(
        RectificationStep(
            rectification_id=problem.id,
            version=problem.version,
            action=step.action,
            state=problem.state,
            due_on=problem.due_on,
            note=step.note,
            evidence=list(step.evidence),
            by=principal.actor,
            said_on=today,
            at=problem.updated_at,
        )
    )
    await session.flush()
    await duties.take(session, rules.said_of_duties(before, case(problem), outcome, today))
    return await detail(session, problem)


async def _policy(session: AsyncSession, problem: Rectification) -> directory.Policy:
    return (await directory.policies(session, clock.today())).for_area(problem.area_code)


def _invalid(flaws: Sequence[FieldError]) -> RectificationInvalid:
    return RectificationInvalid(f"{len(flaws)} point(s) are missing or wrong", errors=list(flaws))


async def _require_second(session: AsyncSession, principal: Principal, problem: Rectification) -> None:
    said = [(step.action, step.by) for step in await store.steps(session, problem.id)]
    if principal.actor in rules.did_the_work(said, problem.person):
        raise RectificationSecondPerson("who did the work does not judge it")


async def _locked(session: AsyncSession, asked: Asked, action: Action) -> Rectification:
    """Give a problem of the caller's on which a step is allowed, as it was read."""
    problem = await visible(session, asked.principal, asked.problem_id, lock=True)
    if asked.if_match is not None or action == "amended":
        etags.require_match(asked.if_match, problem.version)
    if rules.after(action, ProblemState(problem.state)) is None:
        raise RectificationIllegalStep(f"the problem is {problem.state}", state=problem.state)
    return problem


async def _own(session: AsyncSession, asked: Asked, action: Action) -> Rectification:
    """The same, for whoever is responsible or has the duty in hand."""
    problem = await _locked(session, asked, action)
    (duty_id,) = rules.duties(case(problem))
    await duties.require_in_hand(session, asked.principal, duty_id, named=problem.person)
    return problem
