"""A run whose findings jump is held before it announces anything, until a second person at the bureau has decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sharing import ComparisonDecided, ComparisonSuspended
from servicekit import clock, outbox
from servicekit.areas import NATION
from servicekit.auth import Principal, WrongDepartment
from servicekit.calendar import Limit, work_calendar
from sharing.comparison import rules, store
from sharing.comparison.evaluation.engine import Outcome
from sharing.comparison.held import store as held_store
from sharing.comparison.problems import NotHeld, SecondPersonNeeded, UnknownRun
from sharing.comparison.rules import Jump
from sharing.comparison.starts import start_of
from sharing.comparison.store import ClaimedRun
from sharing.comparison.tables import ComparisonRun
from sharing.directory import service as directory
from sharing.policy.service import parameters_at

log = structlog.get_logger(__name__)

_GATHER_S = 30.0  # that a whole run waits for further records of a flood


async def jumps_of(session: AsyncSession, run: ClaimedRun, outcome: Outcome) -> list[Jump]:
    """Give the rules whose findings are implausibly many or few beside the last whole run's; none without one.

    Rules are held against each other where both runs looked at the same: what either lacked, the other lacked as well.
    A list in the place of single records, or of the register, is another look. A register that has grown is taken into
    account. What single records and changed households raised meanwhile no whole run has judged: it does not count as
    having stood.
    """
    former = await held_store.former_run(session, run)
    if former is None or not former.result.get("households") or not outcome.households:
        return []
    profile = await parameters_at(session, run.area_code, clock.today())
    stood = await held_store.standing(session, former.period, run.area_code)
    if not await directory.has_households_outside(session, run.area_code):
        for rule_id, raised in (await held_store.raised_between(session, former.period)).items():
            stood[rule_id] = max(0, stood.get(rule_id, 0) - raised)
    looked = {rule["rule_id"]: _basis(rule["gaps"]) for rule in former.result["rules"]}
    same = {each.rule_id: each.findings for each in outcome.rules
            if _basis([asdict(gap) for gap in each.gaps]) == looked.get(each.rule_id)}  # fmt: skip
    return rules.jumps(
        {rule_id: stood.get(rule_id, 0) * outcome.households // former.result["households"] for rule_id in same},
        same,
        run.accepted,
        factor=profile.number("sharing.jump_factor"),
        least=profile.whole("sharing.jump_least"),
    )


async def withheld_of(session: AsyncSession, run: ClaimedRun, outcome: Outcome, areas: Sequence[str]) -> Sequence[str]:
    """Give the rules of which a limited run announces nothing, neither way; a whole one judges them.

    These are the rules that are doubted, and those of which limited runs would raise more since the last whole run than
    the policy profile has: a whole run is queued, and held if its findings jump.
    """
    announced = await held_store.announced(session, run.period, areas)
    found = {each.rule_id: each.findings for each in outcome.rules if each.findings}
    if not found:
        return announced.withheld
    most = (await parameters_at(session, areas[0], clock.today())).whole("sharing.findings_between_runs")
    many = {rule for rule, count in found.items() if announced.raised.get(rule, 0) + count > most}
    if many:  # most of them may stand already
        stood = await held_store.standing_in(session, run)
        many = {rule for rule in many if announced.raised.get(rule, 0) + found[rule] - stood.get(rule, 0) > most}
    if many:
        everybody = await directory.narrowed(session, NATION)
        await store.enqueue_full(session, start_of("record", run.period), everybody, _GATHER_S)
        log.warning("comparison.findings_wait", run=run.id, rules=sorted(many))
    return [*announced.withheld, *many]


def _basis(gaps: Sequence[Mapping[str, Any]]) -> frozenset[tuple[Any, ...]]:
    """Give what a rule was not told, and where; of how many households nothing is known does not matter."""
    by_household = ("income_unknown", "newly_come")
    return frozenset(
        (gap["reason"], gap["dataset"], *(() if gap["reason"] in by_household else gap["areas"])) for gap in gaps
    )


async def hold_back(session: AsyncSession, run: ClaimedRun, seconds: float, result: dict[str, Any]) -> None:
    """Hold a run, with a day by which somebody decides, and tell of it."""
    profile = await parameters_at(session, run.area_code, clock.today())
    work = work_calendar(profile)
    due_on = Limit(profile.whole("sharing.hold_due_days"), work).ends_on(clock.today())
    await take_over(session, run)
    await held_store.hold_back(session, run, clock.now(), due_on, seconds, result)
    rules = [jump["rule_id"] for jump in result["jumps"]]
    await outbox.add(
        session,
        ComparisonSuspended(
            run_id=run.id,
            period=run.period,
            area_code=run.area_code,
            rule_ids=rules,
            due_on=due_on,
            suspended_at=clock.now(),
        ),
    )


async def believe(session: AsyncSession, run: ClaimedRun) -> None:
    """Let a whole run say what holds now: in the place of held ones, and of what limited runs raised meanwhile."""
    await take_over(session, run)
    if not await directory.has_households_outside(session, run.area_code):
        await held_store.forget_raised(session, run.period)


async def take_over(session: AsyncSession, run: ClaimedRun) -> None:
    """Close runs that are held for the period and area of a newer run: it says what holds now."""
    for run_id in await held_store.supersede(session, run):
        await outbox.add(session, _decided(run_id, run.period, run.area_code, "superseded"))


def _decided(
    run_id: str, period: str, area_code: str, decision: Literal["released", "withdrawn", "superseded"]
) -> ComparisonDecided:
    return ComparisonDecided(
        run_id=run_id, period=period, area_code=area_code, decision=decision, decided_at=clock.now()
    )


async def release(session: AsyncSession, principal: Principal, run_id: str, reason: str) -> ComparisonRun:
    """Believe a held run: it is made again and announces what it finds, unless that jumps once more.

    Raises:
        As `_held`.
    """
    run = await _held(session, principal, run_id)
    run.accepted = {jump["rule_id"]: jump["now"] for jump in run.result["jumps"]}
    _decide(run, principal, reason, "queued")
    run.attempts = 0
    session.add(run)
    await session.flush()
    await outbox.add(session, _decided(run.id, run.period, run.area_code, "released"))
    await held_store.wake(session)
    return run


async def withdraw(session: AsyncSession, principal: Principal, run_id: str, reason: str) -> ComparisonRun:
    """Give a held run up: it never announced anything, and what stood before stands.

    Raises:
        As `_held`.
    """
    run = await _held(session, principal, run_id)
    _decide(run, principal, reason, "withdrawn")
    session.add(run)
    await session.flush()
    await outbox.add(session, _decided(run.id, run.period, run.area_code, "withdrawn"))
    return run


def _decide(run: ComparisonRun, principal: Principal, reason: str, state: str) -> None:
    run.state = run.stage = state
    run.decided_by, run.decided_at, run.decision_reason = principal.actor, clock.now(), reason


async def _held(session: AsyncSession, principal: Principal, run_id: str) -> ComparisonRun:
    """Give a held run that the caller may judge, locked.

    Raises:
        WrongDepartment: if the caller is a department.
        UnknownRun: if there is none within the caller's areas.
        SecondPersonNeeded: if the caller started it, or sent what started it.
        NotHeld: if it is not held.
    """
    if principal.department is not None:
        raise WrongDepartment("a department does not judge the comparison of everybody's data")
    run = await held_store.lock_run(session, run_id)
    if run is None or not principal.covers(run.area_code):
        raise UnknownRun(f"no comparison run {run_id}")
    if principal.actor in {run.requested_by, *(cause["by"] for cause in run.causes)}:
        raise SecondPersonNeeded("who started a run, or sent the data that did, does not judge it")
    if run.state != "held":
        raise NotHeld(f"the run is {run.state}", state=run.state)
    return run
