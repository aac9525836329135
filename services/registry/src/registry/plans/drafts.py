"""Use case of a plan's draft: the packages for a household as it is."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import LabourLevel, RiskType
from registry.household import labour_class
from registry.households import service as households
from registry.plans import packages, plan_tasks, store
from registry.plans.case import Case, require_helped
from servicekit import clock


async def draft_plan(session: AsyncSession, case: Case) -> tuple[packages.Draft, list[RiskType]]:
    """Give what the packages propose for the household's risks, and the risks that none of them answers (F-A08).

    What the plan that holds, or a measure, has already is not proposed again.

    Raises:
        NotMonitoredYet
    """
    require_helped(case)
    people = await households.members(session, str(case.household_id))
    members = {str(person.id): LabourLevel(person.labour) for person in people}
    known = await plan_tasks.of_episode(session, case.episode_id)
    planned = {said["title"] for said in plan_tasks.standing(known).values()}
    planned |= {measure.item for measure in await store.measures(session, case.episode_id)}
    risks = [RiskType(risk) for risk in case.risk_types]
    labour = labour_class([*members.values()])
    proposed = packages.draft(risks, labour, [*packages.can_work(members)], planned, clock.today())
    return proposed, [risk for risk in risks if not any(one.is_for(risk, labour) for one in packages.packages())]
