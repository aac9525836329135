"""Use cases of income plans."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.staff import VISITORS
from registry.households import service as households
from registry.income_plans import cohorts, rules, store
from registry.income_plans.cohorts import follow_job, follow_villages
from registry.income_plans.problems import IncomePlanInvalid, IncomePlanOfTownship
from registry.income_plans.schemas import IncomePlanIn, IncomePlanOut, IncomePlansOut
from registry.income_plans.tables import IncomePlan
from registry.income_plans.timeline import TIMELINE
from registry.pairings import service as pairings
from registry.roster import service as roster
from servicekit import clock, persons
from servicekit.auth import Principal

__all__ = ["TIMELINE", "follow_job", "follow_villages", "may_stand", "plans", "put"]


async def put(session: AsyncSession, principal: Principal, household_id: str, body: IncomePlanIn) -> IncomePlanOut:
    """Make or revise a household's income plan; what was due for the household in its village is done.

    The same again as the plan that holds changes nothing: a caller that got no answer repeats a PUT.

    Raises:
        HouseholdNotFound, HouseholdEnded
        IncomePlanOfTownship: the caller is a department.
        IncomePlanInvalid: of another year, a day outside it, or somebody who may not stand there.
    """
    if principal.department is not None:
        raise IncomePlanOfTownship("an income plan is made by village, township or bureau")
    household = await households.require_active(session, principal, household_id, lock=True)
    found = rules.faults(body.year, [each.due_on for each in body.measures], clock.today())
    if not await may_stand(session, household, body.responsible):
        found.append(rules.fault("responsible.unfit", "/responsible"))
    if found:
        raise IncomePlanInvalid(f"{len(found)} thing(s) do not go together", errors=found)
    before = await store.newest(session, household.id)
    said = body.model_dump() | {"measures": [each.model_dump(mode="json") for each in body.measures]}
    if before is not None and before.model_dump(include=set(said)) == said:
        return _out(before)
    plan = IncomePlan(
        household_id=household.id,
        version=before.version + 1 if before else 1,
        **said,
        made_on=clock.today(),
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(plan)
    await session.flush()
    await cohorts.follow_villages(session, [household.village_code])
    return _out(plan)


async def may_stand(session: AsyncSession, household: households.Household, staff_id: UUID) -> bool:
    """Tell whether somebody may be responsible for a plan: helps the household today, or visits households there."""
    today = clock.today()
    if await pairings.was_paired(session, household.id, staff_id, today):
        return True
    people = await roster.known(session, [str(staff_id)])
    place = persons.Place(household.village_code, today, household.grid)
    return persons.why_not(people.get(str(staff_id)), place, roles=VISITORS) is None


async def plans(session: AsyncSession, principal: Principal, household_id: str) -> IncomePlansOut:
    """Give all revisions of the income plan of a household, and of those that were merged into it, newest first.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, household_id)
    family = await households.merged_into(session, household_id)
    return IncomePlansOut(items=[_out(plan) for plan in await store.plans(session, family)])


def _out(plan: IncomePlan) -> IncomePlanOut:
    return IncomePlanOut.model_validate(plan.model_dump(mode="json"))
