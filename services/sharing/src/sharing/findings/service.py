"""Use cases of findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import ClueState
from servicekit import outbox
from servicekit.auth import Principal, WrongDepartment
from sharing.catalogue.service import load_catalogue, rule_of
from sharing.findings import store
from sharing.findings.problems import UnknownFinding
from sharing.findings.schemas import FindingOut, FindingQuery, PrecisionOut, TownOutcome
from sharing.findings.tables import Finding
from sharing.findings.timeline import TIMELINE, explanation_of
from sharing.lives.service import step_at, steps_by_rule
from sharing.rulestates import Step

__all__ = [
    "TIMELINE", "FindingOut", "UnknownFinding", "follow_register", "get_finding", "list_findings", "periods_of",
    "precision_of", "rules_for",
]  # fmt: skip

_CONFIRMED = {ClueState.CONFIRMED_IDENTIFY, ClueState.CONFIRMED_POLICY, ClueState.EXISTING_CASE}


def rules_for(principal: Principal) -> tuple[str, ...] | None:
    """Give the rules whose findings a caller may see, None for all.

    A department sees what its own data led to; the bureau, a township, an auditor see every rule.
    """
    if principal.department is None:
        return None
    return tuple(
        rule_id
        for rule_id, compiled in load_catalogue().by_id.items()
        if compiled.rule.department == principal.department
    )


async def list_findings(
    session: AsyncSession, principal: Principal, wanted: FindingQuery, after: Sequence[str] | None
) -> list[FindingOut]:
    """Give the findings that the caller may see, ordered by village and id.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    if wanted.area is not None:
        principal.require_area(wanted.area)
    rows = await store.list_findings(session, principal, wanted, rules_for(principal), after)
    steps = await steps_by_rule(session) if rows else {}
    return [_out(row, steps.get(row.rule_id, ())) for row in rows]


async def get_finding(session: AsyncSession, principal: Principal, finding_id: str) -> FindingOut:
    """Give a finding with its explanation.

    Raises:
        UnknownFinding: if there is none, or it is outside the caller's areas or department.
    """
    row = await store.get_finding(session, finding_id)
    allowed = rules_for(principal)
    if row is None or not principal.covers(row.area_code) or (allowed is not None and row.rule_id not in allowed):
        raise UnknownFinding(f"no finding {finding_id}")
    return _out(row, (await steps_by_rule(session, row.rule_id)).get(row.rule_id, ()))


def _out(row: Finding, steps: Sequence[Step]) -> FindingOut:
    """Show a finding; `steps` are its rule's."""
    document = row.model_dump()
    step = step_at(steps, row.area_code)
    own = {
        "finding_id": str(row.finding_id),
        "explanation": explanation_of(document),
        "rule_state": step.state if step else "active",
    }
    return FindingOut.model_validate(document | own)


async def periods_of(session: AsyncSession, households: Sequence[str], oldest: str) -> dict[str, list[str]]:
    """Give the households that have findings which stand, by period from `oldest` on."""
    return await store.periods_of(session, households, oldest)


async def follow_register(session: AsyncSession, households: Sequence[str], at: datetime) -> None:
    """Let findings follow households that the register changed.

    They move along to another village; those of a household that ended, or of a person who is no longer in the
    household, are withdrawn and announced, whatever period they are of.
    """
    await store.move_with(session, households)
    if gone := await store.withdraw_gone(session, households, at):
        await outbox.add(session, gone)


async def precision_of(session: AsyncSession, principal: Principal, rule_id: str) -> PrecisionOut:
    """Tell how often a rule was confirmed and excluded (核实反馈).

    Raises:
        UnknownRule: if there is no such rule.
        WrongDepartment: if it is another department's.
    """
    compiled = rule_of(rule_id)
    if not principal.sees(compiled.rule.department):
        raise WrongDepartment(f"this rule belongs to department {compiled.rule.department}")
    towns: dict[str, TownOutcome] = {}
    reasons: dict[str, int] = {}
    for row in await store.outcomes_of(session, principal, rule_id):
        none = TownOutcome(area_code=row["town"], confirmed=0, excluded=0, withdrawn=0, pending=0)
        town = towns.setdefault(row["town"], none)
        state = ClueState(row["state"])
        if state in _CONFIRMED:
            town.confirmed += row["clues"]
        elif state is ClueState.EXCLUDED:
            town.excluded += row["clues"]
            reason = row["result_reason"] or "unknown"
            reasons[reason] = reasons.get(reason, 0) + row["clues"]
        elif state is ClueState.WITHDRAWN:
            town.withdrawn += row["clues"]
        else:
            town.pending += row["clues"]
    confirmed = sum(town.confirmed for town in towns.values())
    excluded = sum(town.excluded for town in towns.values())
    withdrawn = sum(town.withdrawn for town in towns.values())
    pending = sum(town.pending for town in towns.values())
    return PrecisionOut(
        rule_id=rule_id,
        department=compiled.rule.department,
        clues=confirmed + excluded + withdrawn + pending,
        confirmed=confirmed,
        excluded=excluded,
        withdrawn=withdrawn,
        pending=pending,
        precision=round(confirmed / (confirmed + excluded), 4) if confirmed + excluded else None,
        reasons=reasons,
        towns=list(towns.values()),
    )
