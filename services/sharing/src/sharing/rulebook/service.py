"""Use cases of the rulebook: what rules there are, how they stand, and decisions about them."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.auth import Principal, WrongDepartment
from servicekit.etags import require_match
from servicekit.paging import encode_cursor
from sharing.catalogue.service import load_catalogue, rule_of, rule_out
from sharing.comparison.service import compare_again
from sharing.lives import service as lives
from sharing.rulebook.problems import AlreadyActive, NotActive, SecondPersonNeeded
from sharing.rulebook.schemas import RuleShown, StepIn, StepOut, StepPage, StepQuery, life_out
from sharing.rulestates import Life, State

log = structlog.get_logger(__name__)


async def all_rules(session: AsyncSession, principal: Principal, area: str | None) -> list[RuleShown]:
    """Give every rule, with how it stands in the caller's areas, or in one.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    known = await lives.lives_of(session, _roots(principal, area))
    return [_shown(compiled.rule.id, known.get(compiled.rule.id, _UNTOUCHED)) for compiled in load_catalogue().rules]


async def one_rule(session: AsyncSession, principal: Principal, rule_id: str, area: str | None) -> RuleShown:
    """Give a rule, with how it stands in the caller's areas, or in one.

    Raises:
        UnknownRule
        OutsideArea: the area is not the caller's.
    """
    rule_of(rule_id)
    return _shown(rule_id, await lives.life_of(session, rule_id, _roots(principal, area)))


async def history(
    session: AsyncSession, principal: Principal, rule_id: str, wanted: StepQuery, before: int | None
) -> StepPage:
    """Give who decided what about a rule in the caller's areas, the newest first.

    Raises:
        UnknownRule
    """
    rule_of(rule_id)
    steps, total = await lives.page(session, principal, rule_id, before, wanted.limit + 1)
    items = [StepOut.of(step) for step in steps[: wanted.limit]]
    more = encode_cursor([items[-1].number]) if len(steps) > wanted.limit else None
    return StepPage(items=items, total=total, next_cursor=more)


async def retire(
    session: AsyncSession, principal: Principal, rule_id: str, said: StepIn, if_match: str | None
) -> RuleShown:
    """Let a rule rest in an area, now and by one person: a wrong rule must not go on accusing people.

    Raises:
        UnknownRule, WrongDepartment, OutsideArea, AreaNeeded, PreconditionRequired, PreconditionFailed
        NotActive: it is retired there.
    """
    area_code, life = await _held(session, principal, rule_id, said, if_match)
    if life.is_throughout("retired"):
        raise NotActive(f"{rule_id} is retired in {area_code}")
    return await _step(session, principal, rule_id, area_code, "retired", said.reason)


async def activate(
    session: AsyncSession, principal: Principal, rule_id: str, said: StepIn, if_match: str | None
) -> RuleShown:
    """Let a rule, in the version that ships, find again in an area; another person than who retired it.

    Raises:
        UnknownRule, WrongDepartment, OutsideArea, AreaNeeded, PreconditionRequired, PreconditionFailed
        AlreadyActive: it is active there.
        SecondPersonNeeded: the caller retired it, there or in a part.
    """
    area_code, life = await _held(session, principal, rule_id, said, if_match)
    if life.is_throughout("active"):
        raise AlreadyActive(f"{rule_id} is active in {area_code}")
    ended = [step for step in (life.step, *life.elsewhere) if step and step.state == "retired"]
    if principal.actor in {step.decided_by for step in ended}:
        raise SecondPersonNeeded("who retired a rule does not activate it")
    return await _step(session, principal, rule_id, area_code, "active", said.reason)


async def _held(
    session: AsyncSession, principal: Principal, rule_id: str, said: StepIn, if_match: str | None
) -> tuple[str, Life]:
    """Give the area that is decided about and how the rule stands there, as the caller has seen it; locked."""
    if principal.department is not None:
        raise WrongDepartment("a department does not decide about the rules that everybody's data are compared by")
    rule_of(rule_id)
    area_code = principal.acting_area(said.area_code)
    life = await lives.life_of(session, rule_id, [area_code], lock=True)
    require_match(if_match, life.number)
    return area_code, life


async def _step(
    session: AsyncSession, principal: Principal, rule_id: str, area_code: str, state: State, reason: str
) -> RuleShown:
    """Keep the step, and compare again what it says otherwise."""
    await lives.add(session, principal, rule_of(rule_id), area_code, state, reason)
    await compare_again(session, rule_id, area_code, principal.actor)
    log.info("rule.decided", rule=rule_id, area=area_code, state=state)
    return _shown(rule_id, await lives.life_of(session, rule_id, [area_code]))


_UNTOUCHED = Life("active", None, (), 0)


def _shown(rule_id: str, life: Life) -> RuleShown:
    compiled = rule_of(rule_id)
    why = lives.why_not(life.step, compiled)
    return RuleShown(**rule_out(load_catalogue(), compiled).model_dump(), life=life_out(life, why))


def _roots(principal: Principal, area: str | None) -> list[str]:
    if area is None:
        return list(principal.areas)
    principal.require_area(area)
    return [area]
