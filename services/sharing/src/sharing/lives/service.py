"""The life of rules as other features use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock, locks
from servicekit.auth import Principal
from sharing.catalogue.service import Catalogue, CompiledRule
from sharing.lives import store
from sharing.lives.rules import digest_of, life_in, step_at, why_not
from sharing.rulestates import Life, RuleState, State, Step

__all__ = [
    "add", "life_of", "lives_of", "page", "states_of", "step_at",
    "step_for", "steps_by_rule", "why_not",
]  # fmt: skip


async def states_of(session: AsyncSession, catalogue: Catalogue) -> list[RuleState]:
    """Give what was decided about rules, the oldest step first: of those about a village the last one counts."""
    steps = sorted(await store.newest(session), key=lambda step: step.number)
    return [
        RuleState(step.rule_id, compiled.rule.version, step.area_code, why_not(step, compiled))
        for step in steps
        if (compiled := catalogue.by_id.get(step.rule_id))
    ]


async def steps_by_rule(session: AsyncSession, rule_id: str | None = None) -> Mapping[str, Sequence[Step]]:
    """Give the newest step of each area, by rule; rules without any are not in it."""
    found: dict[str, list[Step]] = {}
    for step in await store.newest(session, rule_id):
        found.setdefault(step.rule_id, []).append(step)
    return found


async def step_for(session: AsyncSession, rule_id: str, area_code: str) -> Step | None:
    """Give the step of a rule that counts in an area; `None` without any."""
    return step_at(await store.newest(session, rule_id), area_code)


async def lives_of(session: AsyncSession, roots: Sequence[str]) -> Mapping[str, Life]:
    """Tell how the rules stand in areas of which somebody ever decided anything."""
    return {rule_id: life_in(steps, roots) for rule_id, steps in (await steps_by_rule(session)).items()}


async def life_of(session: AsyncSession, rule_id: str, roots: Sequence[str], *, lock: bool = False) -> Life:
    """Tell how a rule stands in areas.

    Args:
        lock: Nobody else decides about the rule until the transaction ends.
    """
    if lock:
        await locks.lock_on(session, locks.LockOn.RULE, rule_id)
    return life_in(await store.newest(session, rule_id), roots)


async def add(
    session: AsyncSession, principal: Principal, compiled: CompiledRule, area_code: str, state: State, reason: str
) -> None:
    """Take a step of a rule's life; the caller holds it (`life_of`)."""
    declaration = compiled.rule.version, digest_of(compiled)
    decided = principal.actor, clock.now()
    await store.add(session, compiled.rule.id, declaration, area_code, state, reason, decided)


async def page(
    session: AsyncSession, principal: Principal, rule_id: str, before: int | None, limit: int
) -> tuple[Sequence[Step], int]:
    """Give steps of a rule that concern the caller's areas, the newest first; and how many there are in all."""
    return await store.page(session, principal, rule_id, before, limit)
