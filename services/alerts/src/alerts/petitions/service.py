"""Use cases of petitions and public opinion: registered, dealt with, answered, confirmed by somebody else."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import service as clues
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.petitions import rules, store
from alerts.petitions.problems import (
    PetitionIllegalStep,
    PetitionInvalid,
    PetitionKnown,
    PetitionNotRegistrar,
    PetitionSecondPerson,
)
from alerts.petitions.reading import case, counts, detail, list_page, read, visible
from alerts.petitions.rules import Action, Case
from alerts.petitions.schemas import (
    DisposalIn,
    PetitionAmendIn,
    PetitionClueIn,
    PetitionDecisionIn,
    PetitionDetail,
    PetitionIn,
    PetitionNoteIn,
)
from alerts.petitions.store import reseal, sealed_with
from alerts.petitions.tables import Petition, PetitionStep
from alerts.petitions.texts import FAULTS
from alerts.subscriptions import service as subscriptions
from contracts.duties import Outcome
from contracts.errors import FieldError
from contracts.supervision import PetitionSource, PetitionState
from contracts.vocabulary import Channel, Department, Severity
from servicekit import areas, clock, etags
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher
from servicekit.ids import new_id

__all__ = [
    "Asked", "amend", "counts", "decide", "dispose", "list_page", "open_clue", "read", "register", "reopen", "reseal",
    "sealed_with", "withdraw",
]  # fmt: skip

_SAID = (
    "source",
    "ticket_no",
    "category",
    "received_on",
    "area_code",
    "household_id",
    "summary",
    "origin",
    "department",
)


@dataclass(frozen=True)
class Asked:
    """Who takes a step, on which item, and the ETag as it was read; None takes it as it is."""

    principal: Principal
    petition_id: str
    cipher: FieldCipher
    if_match: str | None = None


@dataclass(frozen=True)
class _Step:
    action: Action
    note: str
    before: Case | None = None
    outcome: Outcome = "done"


async def register(
    session: AsyncSession, principal: Principal, said: PetitionIn, cipher: FieldCipher
) -> PetitionDetail:
    """Take an item in; its unit has the duty to deal with it within the working days of the policy.

    Raises:
        PetitionNotRegistrar: the caller acts for a department that does not keep petitions.
        OutsideArea: the place is not the caller's.
        PetitionInvalid, PetitionKnown
    """
    _require_registrar(principal)
    principal.require_area(said.area_code)
    petition = Petition(
        id=new_id(),
        county_code=areas.county_of(said.area_code),
        counts_from=said.received_on,
        due_on=said.received_on,
        is_estimate=False,
        state=PetitionState.OPEN.value,
        version=0,
        registered_by=principal.actor,
        registered_on=clock.today(),
        updated_at=clock.now(),
        **{name: getattr(said, name) for name in _SAID},
    )
    await _take_in(session, principal, petition, said, cipher)
    session.add(petition)
    await session.flush()
    return await _moved(session, principal, petition, _Step("registered", said.category.label), cipher)


async def amend(session: AsyncSession, asked: Asked, said: PetitionAmendIn) -> PetitionDetail:
    """Let an item that is being dealt with read as it should; another unit then has the duty.

    Raises:
        PetitionNotFound, PetitionIllegalStep, PetitionInvalid, PetitionKnown, PetitionNotRegistrar, OutsideArea
        PreconditionRequired, PreconditionFailed: it was not read, or has changed since.
    """
    _require_registrar(asked.principal)
    petition = await _locked(session, asked, "amended")
    asked.principal.require_area(said.area_code)
    before = case(petition)
    for name in _SAID:
        setattr(petition, name, getattr(said, name))
    petition.county_code = areas.county_of(said.area_code)
    if petition.reopened == 0:
        petition.counts_from = said.received_on
    await _take_in(session, asked.principal, petition, said, asked.cipher)
    step = _Step("amended", said.note, before, outcome="cancelled")
    return await _moved(session, asked.principal, petition, step, asked.cipher)


async def open_clue(session: AsyncSession, asked: Asked, said: PetitionClueIn) -> PetitionDetail:
    """Let an item speak for a clue (channel CH5): of its household, or of one that is not registered yet.

    Raises:
        PetitionNotFound, PetitionNotRegistrar, PreconditionFailed
        PetitionIllegalStep: it is no longer being dealt with, or speaks for a clue already.
        PetitionInvalid: nobody could go anywhere, or the household has ended since.
    """
    _require_registrar(asked.principal)
    petition = await _locked(session, asked, "clue")
    if petition.clue_source_id is not None:
        raise PetitionIllegalStep("it speaks for a clue already", state=petition.state)
    if petition.household_id is not None:
        await _require_household(session, asked.principal, petition)
    elif areas.level_of(petition.area_code) not in ("town", "village"):
        raise _invalid([FieldError.told(FAULTS, "clue.no_place", "/area_code")])
    household_id = petition.household_id or new_id()
    source = clues.Source(
        id=new_id(),
        household_id=household_id,
        area_code=petition.area_code,
        risk_type=said.risk_type.value,
        severity=Severity.ORANGE,  # as whoever else asks for help without a measured threshold
        channel=Channel.PETITION,
        occurred_on=petition.received_on,
    )
    record = clues.SourceRecord(
        source=source,
        found_at=clock.now(),
        occurred_on=petition.received_on,
        reported_by=asked.principal.actor,
    )
    households = await directory.lock(session, {household_id: petition.area_code})
    _, alerts = await clues.fold_records(session, [record], households, provisional=petition.household_id is None)
    petition.clue_source_id = source.id
    shown = await _moved(
        session, asked.principal, petition, _Step("clue", said.risk_type.label, case(petition)), asked.cipher
    )
    await subscriptions.publish(session, alerts)
    return shown


async def dispose(session: AsyncSession, asked: Asked, said: DisposalIn) -> PetitionDetail:
    """Record what was done and what whoever asked was told; a second person has to confirm it.

    Raises:
        PetitionNotFound, PetitionIllegalStep, PetitionInvalid, PreconditionFailed
        NotYours, NotInHand, InOtherHands: whoever has the duty in hand says so.
    """
    petition = await _locked(session, asked, "disposed")
    (duty_id,) = rules.duties(case(petition))
    await duties.require_in_hand(session, asked.principal, duty_id)
    today = clock.today()
    answer = rules.Answer(
        PetitionSource(petition.source), petition.received_on, said.answered_on, said.unanswered_because,
        said.satisfaction, today,
    )  # fmt: skip
    if flaws := rules.flaws_of_answer(answer):
        raise _invalid(flaws)
    before = case(petition)
    policy = (await directory.policies(session, today)).for_area(petition.area_code)
    for name in ("disposal", "answered_on", "unanswered_because", "satisfaction"):
        setattr(petition, name, getattr(said, name))
    petition.disposed_by, petition.disposed_on = asked.principal.actor, today
    petition.state = PetitionState.DISPOSED.value
    petition.confirm_due_on = policy.confirm_within.ends_on(today)
    return await _moved(session, asked.principal, petition, _Step("disposed", said.disposal, before), asked.cipher)


async def decide(session: AsyncSession, asked: Asked, said: PetitionDecisionIn) -> PetitionDetail:
    """Close an item as somebody who did not deal with it, or return it to be dealt with again.

    Raises:
        PetitionNotFound, PetitionIllegalStep, PreconditionFailed, PetitionNotRegistrar, PetitionSecondPerson
    """
    _require_registrar(asked.principal)
    action: Action = "confirmed" if said.agrees else "returned"
    petition = await _locked(session, asked, action)
    done = [(step.action, step.by) for step in await store.steps(session, petition.id)]
    if asked.principal.actor in rules.did_the_work(done):
        raise PetitionSecondPerson("who dealt with it does not confirm it")
    before = case(petition)
    if said.agrees:
        petition.state = PetitionState.CLOSED.value
        petition.closed_on, petition.closed_by = clock.today(), asked.principal.actor
    else:
        await _open_again(session, petition)
    return await _moved(session, asked.principal, petition, _Step(action, said.note, before), asked.cipher)


async def reopen(session: AsyncSession, asked: Asked, said: PetitionNoteIn) -> PetitionDetail:
    """Have a closed item dealt with again: it was asked for once more, or was not answered.

    Raises:
        PetitionNotFound, PetitionIllegalStep, PreconditionFailed, PetitionNotRegistrar
    """
    _require_registrar(asked.principal)
    petition = await _locked(session, asked, "reopened")
    before = case(petition)
    petition.reopened += 1
    await _open_again(session, petition)
    return await _moved(session, asked.principal, petition, _Step("reopened", said.note, before), asked.cipher)


async def withdraw(session: AsyncSession, asked: Asked, said: PetitionNoteIn) -> PetitionDetail:
    """Take back an item that was registered by mistake; its ticket may be registered again. Its clue stays.

    Raises:
        PetitionNotFound, PetitionIllegalStep, PreconditionFailed, PetitionNotRegistrar
    """
    _require_registrar(asked.principal)
    petition = await _locked(session, asked, "withdrawn")
    before = case(petition)
    petition.state = PetitionState.WITHDRAWN.value
    step = _Step("withdrawn", said.note, before, outcome="cancelled")
    return await _moved(session, asked.principal, petition, step, asked.cipher)


def _require_registrar(principal: Principal) -> None:
    if principal.department not in (None, Department.PET):
        raise PetitionNotRegistrar("another department deals with items, and registers none")


async def _take_in(
    session: AsyncSession, principal: Principal, petition: Petition, said: PetitionIn, cipher: FieldCipher
) -> None:
    """See that what is said goes together; seal who asked and count the working days."""
    today = clock.today()
    flaws = rules.flaws_of(
        rules.Said(said.source, said.area_code, said.department, said.received_on, said.petitioner is not None, today)
    )
    if said.petitioner is not None and not (said.petitioner.name or said.petitioner.phone):
        flaws.append(FieldError.told(FAULTS, "petitioner.empty", "/petitioner"))
    if flaws:
        raise _invalid(flaws)
    if said.household_id is not None:
        await _require_household(session, principal, petition)
    if await store.is_known(session, petition):
        raise PetitionKnown("the county has an item with this ticket")
    sealed = orjson.dumps(said.petitioner.model_dump()).decode() if said.petitioner else None
    petition.petitioner = cipher.encrypt(sealed, store.petitioner_place(petition.id)) if sealed else None
    await _count_days(session, petition)


async def _require_household(session: AsyncSession, principal: Principal, petition: Petition) -> None:
    """See that the household is the caller's, registered, and lives in the item's area."""
    household = await directory.find(session, petition.household_id or "")
    if household is None or household.version == 0 or not principal.covers(household.area_code, household.grid):
        raise _invalid([FieldError.told(FAULTS, "household.unknown", "/household_id")])
    if household.has_ended:
        raise _invalid([FieldError.told(FAULTS, "household.ended", "/household_id")])
    low, high = areas.range_of(petition.area_code)
    if not low <= household.area_code < high:
        raise _invalid([FieldError.told(FAULTS, "household.elsewhere", "/household_id")])


async def _open_again(session: AsyncSession, petition: Petition) -> None:
    petition.state = PetitionState.OPEN.value
    petition.counts_from = clock.today()
    petition.disposal = petition.disposed_by = petition.disposed_on = petition.confirm_due_on = None
    petition.answered_on = petition.unanswered_because = petition.satisfaction = None
    petition.closed_on = petition.closed_by = None
    await _count_days(session, petition)


async def _count_days(session: AsyncSession, petition: Petition) -> None:
    policy = (await directory.policies(session, clock.today())).for_area(petition.area_code)
    petition.due_on = policy.answer_within.ends_on(petition.counts_from)
    petition.is_estimate = policy.answer_within.is_estimate(petition.counts_from)


async def _moved(
    session: AsyncSession, principal: Principal, petition: Petition, step: _Step, cipher: FieldCipher
) -> PetitionDetail:
    """Give an item its next version; keep who did what and say what it makes of its duties."""
    petition.version += 1
    petition.updated_at = clock.now()
    session.add(
        PetitionStep(
            petition_id=petition.id,
            version=petition.version,
            action=step.action,
            state=petition.state,
            due_on=petition.due_on,
            note=step.note,
            by=principal.actor,
            at=petition.updated_at,
        )
    )
    await session.flush()
    await duties.take(session, rules.said_of_duties(step.before, case(petition), step.outcome, clock.today()))
    return await detail(session, principal, petition, cipher)


def _invalid(flaws: list[FieldError]) -> PetitionInvalid:
    return PetitionInvalid(f"{len(flaws)} point(s) are missing or wrong", errors=flaws)


async def _locked(session: AsyncSession, asked: Asked, action: Action) -> Petition:
    """Give an item of the caller's on which a step is allowed, as it was read."""
    petition = await visible(session, asked.principal, asked.petition_id, lock=True)
    if asked.if_match is not None or action == "amended":
        etags.require_match(asked.if_match, petition.version)
    if rules.after(action, PetitionState(petition.state)) is None:
        raise PetitionIllegalStep(f"the item is {petition.state}", state=petition.state)
    return petition
