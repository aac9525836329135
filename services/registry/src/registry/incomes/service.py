"""Use cases of incomes."""

from __future__ import annotations

from datetime import date
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

    Amounts that the body leaves out stay as they are registered for the year.
    What was found before the current amounts is kept as superseded from the start: it was told late.

    Raises:
        HouseholdNotFound: outside the caller's areas.
        HouseholdEnded: the household is not active.
        HouseholdInvalid: a year or a day in the future.
    """
    household = await households.require_active(session, principal, household_id, lock=True)
    today = clock.today()
    as_of = body.as_of or today
    for pointer, code, is_future in (
        ("path:year", "year.range", year > today.year),
        ("/as_of", "as_of.range", as_of > today),
    ):
        if is_future:
            error = FieldError(pointer=pointer, code=code, detail="在将来 / lies in the future")
            raise households.HouseholdInvalid("a year or a day in the future", errors=[error])
    before = await store.current(session, household.id, year)
    amounts = body.model_dump(exclude={"as_of"})
    if before is not None:
        amounts |= {name: getattr(before, name) for name in amounts.keys() - body.model_fields_set}
    # A head of a year that is over is a head of then, however often its amounts are mended.
    is_over = before is not None and year < today.year
    amounts |= {"population": before.population if before is not None and is_over else household.population}
    at, by = clock.now(), principal.actor
    income = Income(
        household_id=household.id, year=year, version=1, as_of=as_of, recorded_at=at, recorded_by=by, **amounts
    )
    if before is not None and as_of < _found_on(before):
        await store.record(session, income, is_late=True)
        return IncomeOut.model_validate(income.model_dump())
    if before is not None and all(getattr(before, name) == value for name, value in amounts.items()):
        before.as_of = as_of  # found again: what is older than this is older
        return IncomeOut.model_validate(before.model_dump())
    async with households.changing(session, [household_id], cause="income", by=by):
        await store.record(session, income)
    return IncomeOut.model_validate(income.model_dump())


def _found_on(income: Income) -> date:
    return income.as_of or income.recorded_at.astimezone(clock.CHINA).date()


async def history(session: AsyncSession, principal: Principal, household_id: str) -> IncomesOut:
    """Give every version of a household's incomes."""
    await households.require(session, principal, household_id)
    return IncomesOut(
        items=[IncomeOut.model_validate(row.model_dump()) for row in await store.history(session, UUID(household_id))]
    )


async def newest_per_capita(session: AsyncSession, household_id: str) -> Decimal | None:
    """Give the per-capita net income of the newest registered year, in yuan; None where nothing newer than last year's
    is known: what is older says nothing of today (domain reference 5.4, incomes)."""
    return await store.newest_per_capita(session, UUID(household_id), clock.today().year - 1)
