"""Use cases of incomes."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import service as households
from registry.incomes import store
from registry.incomes.schemas import IncomeBody, IncomeOut, IncomesOut
from registry.incomes.tables import Income
from servicekit import clock
from servicekit.auth import Principal
from servicekit.problems import FieldError


async def put(session: AsyncSession, principal: Principal, household_id: str, year: int, body: IncomeBody) -> IncomeOut:
    """Record a year's income as a new version; the former one stays in the history. The same amounts change nothing.

    Raises:
        HouseholdNotFound: outside the caller's areas.
        HouseholdEnded: the household is not active.
        HouseholdInvalid: a year in the future.
    """
    household = await households.require_active(session, principal, household_id, lock=True)
    if year > clock.today().year:
        error = FieldError(pointer="path:year", code="year.range", detail="the year is in the future")
        raise households.HouseholdInvalid("the year is in the future", errors=[error])
    amounts = body.model_dump() | {"population": household.population}
    before = await store.current(session, household.id, year)
    if before is not None and all(getattr(before, name) == value for name, value in amounts.items()):
        return IncomeOut.model_validate(before.model_dump())
    at, by = clock.now(), principal.client_id
    income = Income(household_id=household.id, year=year, version=1, recorded_at=at, recorded_by=by, **amounts)
    async with households.changing(session, [household_id], cause="income", by=by):
        await store.record(session, income)
    return IncomeOut.model_validate(income.model_dump())


async def history(session: AsyncSession, principal: Principal, household_id: str) -> IncomesOut:
    """Give every version of a household's incomes."""
    await households.require(session, principal, household_id)
    return IncomesOut(
        items=[IncomeOut.model_validate(row.model_dump()) for row in await store.history(session, UUID(household_id))]
    )


async def newest_per_capita(session: AsyncSession, household_id: str) -> Decimal | None:
    """Give the per-capita net income of the newest registered year, in yuan, or None."""
    return await store.newest_per_capita(session, UUID(household_id))
