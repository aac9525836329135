"""Use cases of incomes."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import service as households
from registry.incomes import store
from registry.incomes.schemas import IncomeBody, IncomeOut, IncomesOut
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
    amounts: dict[str, Decimal] = body.model_dump()
    before = await _current(session, household_id, year)
    if before is not None and before.population == household.population and _same(before, amounts):
        return before
    async with households.changing(session, [household_id], cause="income", by=principal.client_id):
        await store.record(
            session,
            household_id,
            year,
            amounts,
            population=household.population,
            at=clock.now(),
            by=principal.client_id,
        )
    recorded = await _current(session, household_id, year)
    if recorded is None:
        raise RuntimeError("the income that was just recorded is not there")
    return recorded


async def history(session: AsyncSession, principal: Principal, household_id: str) -> IncomesOut:
    """Give every version of a household's incomes."""
    await households.require(session, principal, household_id)
    return IncomesOut(
        items=[IncomeOut.model_validate(row.model_dump()) for row in await store.history(session, household_id)]
    )


async def newest_per_capita(session: AsyncSession, household_id: str) -> Decimal | None:
    """Give the per-capita net income of the newest registered year, in yuan, or None."""
    return await store.newest_per_capita(session, household_id)


async def _current(session: AsyncSession, household_id: str, year: int) -> IncomeOut | None:
    rows = await store.history(session, household_id)
    current = next((row for row in rows if row.year == year and row.superseded_at is None), None)
    return IncomeOut.model_validate(current.model_dump()) if current else None


def _same(before: IncomeOut, amounts: dict[str, Decimal]) -> bool:
    return all(getattr(before, name) == value for name, value in amounts.items())
