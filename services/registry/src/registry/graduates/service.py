"""Use cases of graduates of former poor households and their plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import FieldError
from registry.graduates import store
from registry.graduates.problems import GraduateNotFound, GraduatePlanInvalid, GraduatePlanOfTownship
from registry.graduates.schemas import (
    GraduateFile,
    GraduateOut,
    GraduatePlanIn,
    GraduatePlanOut,
    GraduateQuery,
)
from registry.graduates.tables import GraduatePlan
from registry.graduates.texts import FAULTS
from registry.households import service as households
from registry.income_plans import service as income_plans
from registry.policy import service as policy
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.paging import encode_cursor

_AGE = "edu.graduate_until_age"


async def put(session: AsyncSession, principal: Principal, person_id: UUID, body: GraduatePlanIn) -> GraduatePlanOut:
    """Make or revise a graduate's plan. The same again as the plan that holds changes nothing.

    Raises:
        GraduatePlanOfTownship: the caller is a department.
        GraduateNotFound
        GraduatePlanInvalid
    """
    if principal.department is not None:
        raise GraduatePlanOfTownship("a graduate's plan is made by village, township or bureau")
    graduate = await _require(session, principal, person_id)
    household = await households.require_active(session, principal, graduate.household_id, lock=True)
    before = await store.plans(session, person_id)
    said = body.model_dump() | {"measures": [each.model_dump(mode="json") for each in body.measures]}
    if before and before[0].model_dump(include=set(said)) == said:
        return _out(before[0])
    today = clock.today()
    found = [
        FieldError.told(FAULTS, "due_on.past", f"/measures/{place}/due_on")
        for place, each in enumerate(body.measures)
        if each.due_on is not None and each.due_on < today
    ]
    if not await income_plans.may_stand(session, household, body.responsible):
        found.append(FieldError.told(FAULTS, "responsible.unfit", "/responsible"))
    if found:
        raise GraduatePlanInvalid(f"{len(found)} thing(s) do not go together", errors=found)
    plan = GraduatePlan(
        person_id=person_id,
        version=len(before) + 1,
        **said,
        made_on=today,
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(plan)
    await session.flush()
    return _out(plan)


async def file(session: AsyncSession, principal: Principal, person_id: UUID) -> GraduateFile:
    """Give a graduate's file, with all revisions of the plan.

    Raises:
        GraduateNotFound
    """
    graduate = await _require(session, principal, person_id)
    kept = [_out(plan) for plan in await store.plans(session, person_id)]
    return GraduateFile(**graduate.model_dump(), plans=kept)


async def page(
    session: AsyncSession, principal: Principal, wanted: GraduateQuery, after: Sequence[str] | None
) -> tuple[list[GraduateOut], int, str | None]:
    """Give a page of the graduates of the caller's households, how many there are, and where the next begins.

    Raises:
        OutsideArea
    """
    caller = principal.within(wanted.area)
    clause, bounds = caller.area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], {**bounds, "born_after": await _born_after(session, caller)}
    if wanted.is_planned is not None:
        conditions.append("(plan.made_on IS NOT NULL) = :is_planned")
        values["is_planned"] = wanted.is_planned
    values |= {"after_area": after[0] if after else None, "after": after[1] if after else None}
    rows, total = await store.page(session, conditions, values | {"limit": wanted.limit + 1})
    items = [GraduateOut.model_validate(dict(row)) for row in rows[: wanted.limit]]
    last = items[-1] if len(rows) > wanted.limit else None
    return items, total, encode_cursor([last.area_code, last.person_id]) if last else None


async def _require(session: AsyncSession, principal: Principal, person_id: UUID) -> GraduateOut:
    clause, bounds = principal.area_clause("h.village_code", households.IN_GRID)
    values: dict[str, Any] = {**bounds, "born_after": await _born_after(session, principal), "person": person_id}
    row = await store.one(session, [clause, "p.id = :person"], values)
    if row is None:
        raise GraduateNotFound("no such graduate within your areas")
    return GraduateOut.model_validate(dict(row))


async def _born_after(session: AsyncSession, principal: Principal) -> date:
    """Give the last birthday of who is too old to be a graduate of whom somebody has to take care."""
    today = clock.today()
    years = (await policy.parameters_for(session, areas.common_root(*principal.areas), today)).whole(_AGE)
    return date(today.year - years, today.month, min(today.day, 28))


def _out(plan: GraduatePlan) -> GraduatePlanOut:
    return GraduatePlanOut.model_validate(plan.model_dump(mode="json"))
