"""Use cases of clues: fold, accept, verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import caps, followed, following, problems, rules, steps, store
from alerts.clues.events import clue_moved, moved_by_folding
from alerts.clues.folding import Plan, Source, Terms, fold
from alerts.clues.queries import open_states
from alerts.clues.store import SourceRecord
from alerts.clues.tables import Clue, VerificationRecord
from alerts.clues.timeline import TIMELINE
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.feed import service as feed
from alerts.feedback import service as feedback
from alerts.gaps import service as gaps
from alerts.people import service as people
from alerts.subscriptions import service as subscriptions
from contracts.alerts import ClueMoved
from contracts.vocabulary import ClueState
from servicekit import clock, outbox, persons
from servicekit.auth import Principal
from servicekit.etags import require_match
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.problems import FieldError

__all__ = [
    "TIMELINE",
    "Source",
    "SourceRecord",
    "accept",
    "fold_records",
    "open_states",
    "take_back",
    "take_findings",
    "verify",
]


async def fold_records(
    session: AsyncSession,
    records: Sequence[SourceRecord],
    households: Mapping[str, directory.KnownHousehold],
    *,
    provisional: bool = False,
) -> tuple[Plan, list[feed.Alerting]]:
    """Fold sources into clues and announce what moved, all in the caller's transaction, who publishes the alerts.

    Findings that are stored already change nothing; one that was withdrawn holds again. Clues whose sources did not
    only grow are settled by what holds now.

    Args:
        households: By id, as `directory.lock` gave them: they stay locked until the transaction ends.
    """
    now = clock.now()
    stored, again = await store.reinstate_findings(
        session, {record.source.finding_id for record in records if record.source.finding_id}
    )
    fresh = [record for record in records if record.source.finding_id not in stored]
    plan = Plan([], {}, frozenset())
    alerts: list[feed.Alerting] = []
    if fresh:
        for record in fresh:  # the comparison may have seen the household where it lived before
            household = households[record.source.household_id]
            record.source.area_code = household.area_code if household.version else record.source.area_code
        known = await store.clues_of(session, households)
        counting = await store.counting_sources(
            session,
            households,
            {record.source.period for record in fresh if record.source.period},
            [clue.id for clue in known if clue.state is ClueState.EXCLUDED],
        )
        book = await directory.policies(session, clock.today())
        plan = fold([record.source for record in fresh], known, counting, _terms(households, book), now, new_id)
        alerts = await _write(session, plan, fresh, now, provisional=provisional)
    unsettled = {household.household_id for household in households.values() if household.has_ended}
    unsettled |= {clue.household_id for clue in plan.clues if clue.ground_gone_at is not None} | again | plan.revived
    settled = {key: household for key, household in households.items() if key in unsettled}
    return plan, alerts + await following.settle_clues(session, settled)


def _terms(households: Mapping[str, directory.KnownHousehold], book: directory.PolicyBook) -> dict[str, Terms]:
    """Give each household's terms by its id; the many that share area and status share the object."""
    shared: dict[tuple[str, bool, frozenset[str]], Terms] = {}
    terms: dict[str, Terms] = {}
    for key, household in households.items():
        kind = (household.area_code, household.is_monitored, household.open_risks)
        if kind not in shared:
            policy = book.for_area(household.area_code)
            shared[kind] = Terms(
                is_monitored=household.is_monitored,
                open_risks=household.open_risks,
                orange_to_red=policy.orange_to_red,
                quiet=policy.quiet,
                growth_share=policy.growth_share,
                identify_limit=policy.identify_limit,
                verify_within=policy.verify_within,
            )
        terms[key] = shared[kind]
    return terms


async def _write(
    session: AsyncSession, plan: Plan, records: Sequence[SourceRecord], now: datetime, *, provisional: bool
) -> list[feed.Alerting]:
    created = [clue for clue in plan.clues if clue.before is None]
    changed = [clue for clue in plan.clues if clue.before is not None]
    if created:
        await store.insert_clues(session, created, provisional)
        cases = [clue.id for clue in created if clue.state is ClueState.EXISTING_CASE]
        if cases:
            await store.link_cases(session, cases)
    if changed:
        await store.update_clues(session, changed, now)
    await store.insert_sources(session, records, plan.placed, plan.suppressed)
    await duties.follow_clues(session, [clue.id for clue in plan.clues])
    await failpoint_async("alerts.folded")
    await outbox.add(session, [event for clue in plan.clues if (event := moved_by_folding(clue)) is not None])
    return [feed.NewAlert.of(clue, kind) for clue in plan.clues if (kind := clue.alert) is not None]


async def take_findings(
    session: AsyncSession,
    records: Sequence[SourceRecord],
    withdrawn: Sequence[tuple[str, str, datetime]],
    areas: Mapping[str, str],
) -> None:
    """Fold findings and take back others (id, run id, time); what is both came and went within the batch.

    What stops to hold no longer counts when the others are folded, and a clue is closed by what holds after all of
    them: one whose finding only changed stays as it is.

    Args:
        areas: The findings' households, id -> area code.
    """
    owners = await store.owners_of(session, [finding_id for finding_id, _, _ in withdrawn]) if withdrawn else {}
    households = await directory.lock(session, {**owners, **areas})
    poorer = await store.withdraw_findings(session, withdrawn) if withdrawn else set()
    alerts: list[feed.Alerting] = []
    if records:
        raised = {record.source.finding_id for record in records}
        _, alerts = await fold_records(session, records, households)
        gone = [item for item in withdrawn if item[0] in raised]
        poorer |= await store.withdraw_findings(session, gone) if gone else set()
    alerts += await following.settle_clues(session, {key: households[key] for key in sorted(poorer)})
    alerts += await gaps.contradict(session, {record.source.household_id for record in records})
    await subscriptions.publish(session, alerts)


async def take_back(
    session: AsyncSession, source_id: str, households: Mapping[str, directory.KnownHousehold]
) -> list[feed.Alerting]:
    """Take back what was said by mistake of a locked household; its clues are settled by what holds without it.

    Args:
        households: The one, by id, as `directory.lock` gave it.
    """
    await store.withdraw_source(session, source_id, clock.now())
    return await following.settle_clues(session, households)


async def locked_clue(
    session: AsyncSession, principal: Principal, clue_id: str, and_household: str | None = None
) -> Clue:
    """Give a clue after its household is locked, and the other household too if there is one.

    Raises:
        ClueNotFound: no such clue within the caller's areas.
    """
    seen = await steps.find_clue(session, clue_id)
    if seen is None or not await directory.is_own(session, principal, seen.area_code, seen.household_id):
        raise problems.ClueNotFound("no such clue within your areas")
    wanted = {seen.household_id: seen.area_code} | ({and_household: seen.area_code} if and_household else {})
    await directory.lock(session, wanted)
    locked = await steps.find_clue(session, clue_id)
    assert locked is not None  # noqa: S101 - clues are never deleted
    return locked


async def accept(
    session: AsyncSession, principal: Principal, clue_id: str, *, staff_id: str | None, if_match: str | None
) -> int:
    """Take a dispatched clue in hand and give its version. Accepting again changes nothing.

    Raises:
        ClueNotFound: no such clue within the caller's areas.
        ClueClosed: the clue is not open.
        ReportInvalid: a person names somebody who is not in office there.
        PreconditionFailed: `if_match` names another version.
    """
    clue = await locked_clue(session, principal, clue_id)
    if if_match is not None:
        require_match(if_match, clue.version)
    if ClueState(clue.state) is ClueState.VERIFYING:
        return clue.version
    _require_move(clue, ClueState.VERIFYING)
    by = persons.one_form(staff_id or principal.actor)
    grid = await directory.grid_of(session, clue.household_id)
    place = persons.Place(clue.area_code, clock.today(), grid)
    flaw = await people.fault(session, principal, by, place, "/staff_id")
    if flaw is not None:
        raise problems.ReportInvalid("who is named is not in office there", errors=[flaw])
    moved = await _moved(session, clue, ClueState.VERIFYING)
    clue.result_reason = clue.exclusion_id = None
    await steps.move_clue(session, clue, ClueState.VERIFYING, clock.now(), by)
    await outbox.add(session, moved)
    return clue.version


async def verify(
    session: AsyncSession,
    principal: Principal,
    clue_id: str,
    verification: rules.Verification,
    *,
    if_match: str | None,
    household_id: str | None = None,
) -> int:
    """Record what the verifiers found and give the clue's version.

    A visit that is told after a later one was recorded is kept, and changes nothing: what was seen last holds. An
    exclusion waits for a second person (`exclusions.decide`); the clue stays open until then.

    Args:
        household_id: The registered household, when the clue came from somebody who was not registered.

    Raises:
        ClueNotFound, PreconditionRequired, PreconditionFailed: as they say.
        ClueClosed: a result is there already.
        VerificationInvalid: the verification lacks what the rules demand.
        PolicyOnlyCapped: the township's number of the day is used up.
        NoCase: EXISTING_CASE for a household without a case.
        HouseholdUnresolved, HouseholdUnknown, DuplicateClue: a provisional household that cannot be resolved.
    """
    clue = await locked_clue(session, principal, clue_id, household_id)
    require_match(if_match, clue.version)
    verification = replace(verification, verifiers=persons.party(principal.actor, verification.verifiers))
    is_late = await steps.was_visited_after(session, clue.id, verification.visited_on)
    if not is_late:
        _require_move(clue, verification.result)
    policy = (await directory.policies(session, clock.today())).for_area(clue.area_code)
    flaws = rules.flaws_of(
        verification,
        raised_on=clue.raised_at.astimezone(clock.CHINA).date(),
        today=clock.today(),
        verifiers_min=policy.verifiers_min,
    )
    grid = await directory.grid_of(session, clue.household_id)
    place = persons.Place(clue.area_code, verification.visited_on, grid)
    flaws += await people.faults(session, principal, verification.verifiers, place, "/verifiers")
    if flaws:
        raise problems.VerificationInvalid(
            f"{len(flaws)} point(s) are missing or wrong",
            errors=flaws,
        )
    now = clock.now()
    if is_late:
        record = _record_of(clue, verification, principal, now, is_late=True)
        await steps.touch_clue(session, clue, now)
        await steps.insert_verification(session, record)
        return clue.version
    await _resolve(session, principal, clue, verification.result, household_id)
    if verification.result is ClueState.EXISTING_CASE:
        household = await directory.find(session, clue.household_id)
        running = await steps.running_episode(session, clue.household_id)
        if running is None and (household is None or not household.is_monitored):
            raise problems.NoCase("the household is not monitored")
        clue.episode_id = running or clue.episode_id
    record = _record_of(clue, verification, principal, now)
    clue.exclusion_id = record.id if verification.result is ClueState.EXCLUDED else None
    if clue.exclusion_id is not None:  # somebody else decides about it
        if ClueState(clue.state) is not ClueState.VERIFYING:
            await outbox.add(session, await _moved(session, clue, ClueState.VERIFYING))
        await steps.move_clue(session, clue, ClueState.VERIFYING, now, clue.accepted_by or principal.actor)
        await steps.insert_verification(session, record)
        return clue.version
    number = await caps.take_one(session, clue, verification.result)
    await conclude(session, clue, record, also=[number] if number else [])
    return clue.version


async def conclude(
    session: AsyncSession, clue: Clue, record: VerificationRecord, *, also: Sequence[feed.Alerting] = ()
) -> None:
    """Write a result that takes effect now: state, event, and the alert where nobody has to act any more.

    Args:
        also: What else the feed is told, after it.
    """
    result, now = ClueState(record.result), clock.now()
    clue.visited_on = record.visited_on
    clue.is_overdue = clue.is_overdue and not rules.was_in_time(record.visited_on, clue.due_at)
    moved = await _moved(session, clue, result)
    clue.verified_at = clue.verified_at if result.is_open else now
    clue.result_reason, clue.exclusion_id = record.reason, None
    await steps.move_clue(session, clue, result, now, clue.accepted_by or record.recorded_by)
    await steps.insert_verification(session, record)
    await duties.follow_clues(session, [clue.id])
    also = [*also, *await gaps.confirmed(session, [clue.id])]
    if not result.is_open:
        await feedback.tell(session, clue.id, clue.area_code)
    await failpoint_async("alerts.verification_recorded")
    verified_at = None if result.is_open else now
    said = {"result_reason": clue.result_reason, "verified_at": verified_at, "attachments": record.attachments}
    await outbox.add(session, moved.model_copy(update=said))
    kind = rules.alert_of(result)
    if kind is not None:
        await subscriptions.publish(session, [feed.NewAlert.of(clue, kind), *also])


def _record_of(
    clue: Clue, verification: rules.Verification, principal: Principal, now: datetime, *, is_late: bool = False
) -> VerificationRecord:
    return VerificationRecord(
        id=new_id(),
        clue_id=clue.id,
        clue_version=clue.version + 1,
        result=verification.result.value,
        reason=verification.reason.value if verification.reason else None,
        note=verification.note.strip(),
        verifiers=list(rules.distinct_persons(verification.verifiers)),
        visited_on=verification.visited_on,
        recorded_at=now,
        recorded_by=principal.actor,
        is_late=is_late,
        attachments=list(dict.fromkeys(verification.attachments)),
    )


async def _resolve(
    session: AsyncSession, principal: Principal, clue: Clue, result: ClueState, household_id: str | None
) -> None:
    """Give a clue of somebody who was not registered to the registered household, with its sources."""
    if not clue.is_provisional:
        if household_id not in (None, clue.household_id):
            flaw = FieldError("/household_id", "household_id.unexpected", "the clue's household is registered already")
            raise problems.VerificationInvalid("the clue is about another household", errors=[flaw])
        return
    if household_id is None:
        if result in (ClueState.CONFIRMED_IDENTIFY, ClueState.EXISTING_CASE):
            raise problems.HouseholdUnresolved("name the registered household in household_id")
        return
    household = await directory.find(session, household_id)
    if household is None or household.version == 0 or not principal.covers(household.area_code, household.grid):
        raise problems.HouseholdUnknown("no such registered household within your areas")
    if await steps.has_open_clue(session, household_id, clue.risk_type):
        raise problems.DuplicateClue("the household has an open clue for this risk")
    await followed.move_sources(session, clue.household_id, household_id, {})
    clue.household_id, clue.area_code, clue.is_provisional = household_id, household.area_code, False


def _require_move(clue: Clue, to: ClueState) -> None:
    state = ClueState(clue.state)
    if to in rules.RESULTS | {ClueState.VERIFYING} and not rules.may_move(state, to):
        raise problems.ClueClosed(
            f"a clue that is {state.value} cannot become {to.value}",
            state=state.value,
            next_states=[following.value for following in rules.next_states(state)],
        )


async def _moved(session: AsyncSession, clue: Clue, to: ClueState) -> ClueMoved:
    """Give the event of a clue that is about to move."""
    finding_ids = await steps.finding_ids_of(session, clue.id)
    return clue_moved(clue, to, ClueState(clue.state), clue.version + 1, finding_ids)
