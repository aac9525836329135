"""Use cases of what departments gave."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.aid import rules, store
from registry.aid.schemas import AidsOut
from registry.aid.tables import Aid
from registry.aid.timeline import TIMELINE as TIMELINE
from registry.given import AidOut, IncomePartOut
from registry.households import service as households
from servicekit.auth import Principal

__all__ = ["TIMELINE", "AidsOut", "current", "parts_of_incomes", "show"]


async def show(session: AsyncSession, principal: Principal, household_id: str) -> AidsOut:
    """Give what departments' lists say that a household was given; to a department what its own say.

    Raises:
        HouseholdNotFound: outside the caller's areas.
    """
    await households.require(session, principal, household_id)
    rows = await _seen(session, principal, household_id)
    return AidsOut(
        items=[_out(row) for row in rows if rules.counts(row)],
        history=[_out(row) for row in rows if not rules.counts(row)],
    )


async def current(session: AsyncSession, principal: Principal, household_id: UUID) -> list[AidOut]:
    """Give what counts of it, of a household that the caller may see."""
    return [_out(row) for row in await _seen(session, principal, str(household_id)) if rules.counts(row)]


async def parts_of_incomes(session: AsyncSession, principal: Principal, household_id: str) -> list[IncomePartOut]:
    """Give what departments' lists say of the incomes of a household that the caller may see, newest year first."""
    found = rules.parts_of_incomes(await _seen(session, principal, household_id))
    return [
        IncomePartOut(
            year=part.year,
            code=part.income,
            dataset=part.dataset,
            department=given[0].department,
            amount=amount,
            payments=[_out(each) for each in given],
        )
        for part, (amount, given) in found.items()
    ]


async def _seen(session: AsyncSession, principal: Principal, household_id: str) -> list[Aid]:
    family = await households.merged_into(session, household_id)
    return [row for row in await store.of_households(session, family) if principal.sees(row.department)]


def _out(row: Aid) -> AidOut:
    return AidOut.model_validate(row.model_dump() | {"aid_id": str(row.aid_id), "person_id": str(row.person_id)})
