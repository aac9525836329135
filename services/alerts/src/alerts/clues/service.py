"""Use cases of clues: fold, report, accept, verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import problems, rules, steps, store
from alerts.clues.events import clue_moved, moved_by_folding
from alerts.clues.folding import FoldedClue, Plan, Source, Terms, fold
from alerts.clues.store import SourceRecord
from alerts.clues.tables import Clue, VerificationRecord
from alerts.directory import service as directory
from alerts.feed import service as feed
from alerts.subscriptions import service as subscriptions
from contracts.alerts import ClueMoved
from contracts.vocabulary import AlertKind, Channel, ClueState, RiskType
from servicekit import clock, outbox
from servicekit.auth import Principal
from servicekit.etags import require_match
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.problems import FieldError

__all__ = [
    "Report",
    "SourceRecord",
    "accept",
    "fold_records",
    "report",
    "verify",
    "withdraw",
]


async def fold_records(
    session: AsyncSession,
    records: Sequence[SourceRecord],
    households: Mapping[str, directory.KnownHousehold],
    *,
    provisional: bool = False,
) -> Plan:
    """Fold sources into clues, announce what moved and publish the alerts, all in the caller's transaction.

    The feed's lock comes last and is short. Findings that are stored already change nothing.

    Args:
        households: By id, as `directory.lock` gave them: they stay locked until the transaction ends.
    """
    now = clock.now()
    stored = await store.reinstate_findings(
        session, {record.source.finding_id for record in records if record.source.finding_id}
    )
    fresh = [record for record in records if record.source.finding_id not in stored]
    if not fresh:
        return Plan([], {}, frozenset())
    known = await store.clues_of(session, households)
    counting = await store.counting_sources(
        session,
        households,
        {record.source.period for record in fresh if record.source.period},
        [clue.id for clue in known if clue.state is ClueState.EXCLUDED],
    )
    book = await directory.policies(session, clock.today())
    plan = fold([record.source for record in fresh], known, counting, _terms(households, book), now, new_id)
    await _write(session, plan, fresh, now, provisional=provisional)
    return plan


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
) -> None:
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
    await failpoint_async("alerts.folded")
    await outbox.add(session, [event for clue in plan.clues if (event := moved_by_folding(clue)) is not None])
    await subscriptions.publish(
        session, [_alert_of(clue, kind) for clue in plan.clues if (kind := clue.alert) is not None]
    )


def _alert_of(clue: FoldedClue | Clue, kind: AlertKind) -> feed.NewAlert:
    return feed.NewAlert(
        kind=kind,
        clue_id=clue.id,
        household_id=clue.household_id,
        area_code=clue.area_code,
        risk_type=clue.risk_type,
        severity=clue.severity,
        state=clue.state,
        rule_ids=clue.rule_ids,
        period=clue.latest_period,
        due_at=clue.due_at,
        raised_at=clue.raised_at,
    )


async def withdraw(session: AsyncSession, withdrawn: Sequence[tuple[str, str, datetime]]) -> None:
    """Note on their sources that findings (id, run id, time) no longer hold; the households are locked already."""
    if withdrawn:
        await store.withdraw_findings(session, withdrawn, clock.now())


@dataclass(frozen=True, slots=True)
class Report:
    """A self-application or a cadre's visit."""

    channel: Channel
    household_id: str | None
    area_code: str | None
    risk_type: RiskType
    occurred_on: date
    note: str
    via: str | None = None
    visitors: Sequence[str] = ()


async def report(session: AsyncSession, principal: Principal, said: Report) -> str:
    """Fold an application or a visit and give the clue's id.

    A household that is not registered is taken in by its area: coverage is every rural resident, so the clue
    gets a provisional household until a verification names the registered one.

    Raises:
        HouseholdUnknown: unknown household, or outside the caller's areas.
        OutsideArea: the area is outside the caller's.
        ReportInvalid: a date in the future.
    """
    if said.occurred_on > clock.today():
        pointer = "/applied_on" if said.channel is Channel.SELF else "/visited_on"
        flaw = FieldError(pointer=pointer, code="date.future", detail="the date lies in the future")
        raise problems.ReportInvalid("the date lies in the future", errors=[flaw])
    if said.household_id is not None:
        household = await directory.find(session, said.household_id)
        if household is None or not principal.covers(household.area_code):
            raise problems.HouseholdUnknown("no such household within your areas")
        household_id, area_code = household.household_id, household.area_code
    else:
        area_code = said.area_code or ""
        principal.require_area(area_code)
        household_id = new_id()
    source = Source(
        id=new_id(),
        household_id=household_id,
        area_code=area_code,
        risk_type=said.risk_type.value,
        severity=rules.REPORT_SEVERITY,
        channel=said.channel,
    )
    record = SourceRecord(
        source=source,
        found_at=clock.now(),
        via=said.via,
        note=said.note,
        visitors=rules.distinct_persons(said.visitors),
        occurred_on=said.occurred_on,
        reported_by=principal.client_id,
    )
    households = await directory.lock(session, {household_id: area_code})
    plan = await fold_records(session, [record], households, provisional=said.household_id is None)
    return plan.placed[source.id]


async def _locked_clue(
    session: AsyncSession, principal: Principal, clue_id: str, and_household: str | None = None
) -> Clue:
    """Give a clue after its household is locked, and the other household too if there is one.

    Raises:
        ClueNotFound: no such clue within the caller's areas.
    """
    seen = await steps.find_clue(session, clue_id)
    if seen is None or not principal.covers(seen.area_code):
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
        PreconditionFailed: `if_match` names another version.
    """
    clue = await _locked_clue(session, principal, clue_id)
    if ClueState(clue.state) is ClueState.VERIFYING:
        return clue.version
    if if_match is not None:
        require_match(if_match, clue.version)
    _require_move(clue, ClueState.VERIFYING)
    moved = await _moved(session, clue, ClueState.VERIFYING)
    clue.result_reason = None
    await steps.move_clue(session, clue, ClueState.VERIFYING, clock.now(), staff_id or principal.client_id)
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

    Args:
        household_id: The registered household, when the clue came from somebody who was not registered.

    Raises:
        ClueNotFound, PreconditionRequired, PreconditionFailed: as they say.
        ClueClosed: a result is there already.
        VerificationInvalid: the verification lacks what the rules demand.
        NoCase: EXISTING_CASE for a household without a case.
        HouseholdUnresolved, HouseholdUnknown, DuplicateClue: a provisional household that cannot be resolved.
    """
    clue = await _locked_clue(session, principal, clue_id, household_id)
    require_match(if_match, clue.version)
    _require_move(clue, verification.result)
    policy = (await directory.policies(session, clock.today())).for_area(clue.area_code)
    flaws = rules.flaws_of(
        verification,
        raised_on=clue.raised_at.astimezone(clock.CHINA).date(),
        today=clock.today(),
        verifiers_min=policy.verifiers_min,
    )
    if flaws:
        raise problems.VerificationInvalid(
            f"{len(flaws)} point(s) are missing or wrong",
            errors=flaws,
        )
    clue.household_id = await _owner(session, principal, clue, verification.result, household_id)
    if verification.result is ClueState.EXISTING_CASE:
        household = await directory.find(session, clue.household_id)
        running = await steps.running_episode(session, clue.household_id)
        if running is None and (household is None or not household.is_monitored):
            raise problems.NoCase("the household is not monitored")
        clue.episode_id = running or clue.episode_id
    now = clock.now()
    moved = await _moved(session, clue, verification.result)
    clue.verified_at = clue.verified_at if verification.result.is_open else now
    clue.result_reason = verification.reason.value if verification.reason else None
    await steps.move_clue(session, clue, verification.result, now, clue.accepted_by or principal.client_id)
    await steps.insert_verification(
        session,
        VerificationRecord(
            id=new_id(),
            clue_id=clue.id,
            clue_version=clue.version,
            result=verification.result.value,
            reason=clue.result_reason,
            note=verification.note.strip(),
            verifiers=list(rules.distinct_persons(verification.verifiers)),
            visited_on=verification.visited_on,
            recorded_at=now,
            recorded_by=principal.client_id,
        ),
    )
    await failpoint_async("alerts.verification_recorded")
    verified_at = None if verification.result.is_open else now
    await outbox.add(
        session, moved.model_copy(update={"result_reason": clue.result_reason, "verified_at": verified_at})
    )
    kind = rules.alert_of(verification.result)
    if kind is not None:
        await subscriptions.publish(session, [_alert_of(clue, kind)])
    return clue.version


async def _owner(
    session: AsyncSession, principal: Principal, clue: Clue, result: ClueState, household_id: str | None
) -> str:
    """Give the household that a clue is about: the registered one, where a provisional one is resolved."""
    if not clue.is_provisional:
        return clue.household_id
    if household_id is None:
        if result in (ClueState.CONFIRMED_IDENTIFY, ClueState.EXISTING_CASE):
            raise problems.HouseholdUnresolved("name the registered household in household_id")
        return clue.household_id
    household = await directory.find(session, household_id)
    if household is None or household.version == 0 or not principal.covers(household.area_code):
        raise problems.HouseholdUnknown("no such registered household within your areas")
    if await steps.has_open_clue(session, household_id, clue.risk_type):
        raise problems.DuplicateClue("the household has an open clue for this risk")
    clue.is_provisional = False
    return household_id


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
