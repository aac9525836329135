"""Use cases of incomes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import INCOME, editable
from contracts.vocabulary import IncomePeriod
from registry.aid import service as aid
from registry.households import service as households
from registry.incomes import rules, store
from registry.incomes.forecasts import why_fell
from registry.incomes.schemas import IncomeBody, IncomeOut, IncomesOut, SnapshotOut, SnapshotsOut
from registry.incomes.tables import Income, IncomeSnapshot
from registry.incomes.timeline import TIMELINE as TIMELINE
from servicekit import clock
from servicekit.auth import Principal
from servicekit.problems import FieldError

__all__ = ["IncomeBody", "amounts_of", "history", "newest", "periods", "put", "put_period", "why_fell"]

_IN_FUTURE = "在将来 / lies in the future"
_OTHER_FORM = "季度写作 2026-Q3,其他写截止月份 / a quarter is 2026-Q3, any other period its last month"


async def put(
    session: AsyncSession,
    principal: Principal,
    household_id: str,
    year: int,
    body: IncomeBody,
    cause: str = "income",
) -> IncomeOut:
    """Record a year's income as a new version; the former one stays in the history. The same amounts change nothing.

    Amounts that the body leaves out stay as they are registered for the year.
    What was found before the current amounts is kept as superseded from the start: it was told late.

    Args:
        cause: What the history calls it.

    Raises:
        HouseholdNotFound: outside the caller's areas.
        HouseholdEnded: the household is not active.
        HouseholdInvalid: a year or a day in the future, amounts that contradict each other.
    """
    household = await households.require_active(session, principal, household_id, lock=True)
    today = clock.today()
    as_of = body.as_of or today
    late = [("path:year", "year.range")] if year > today.year else []
    _require(late, as_of)
    before = await store.current(session, household.id, year)
    # A head of a year that is over is a head of then, however often its amounts are mended.
    is_over = before is not None and year < today.year
    population = before.population if before is not None and is_over else household.population
    columns = _columns(before, body) | {"population": population}
    at, by = clock.now(), principal.actor
    income = Income(
        household_id=household.id, year=year, version=1, as_of=as_of, recorded_at=at, recorded_by=by, **columns
    )
    if before is not None and as_of < _found_on(before):
        await store.record(session, income, is_late=True)
        return IncomeOut.model_validate(income.model_dump())
    if before is not None and _is_same(before, columns):
        before.as_of = as_of  # found again: what is older than this is older
        return IncomeOut.model_validate(before.model_dump())
    async with households.changing(session, [household_id], cause=cause, by=by):
        await store.record(session, income)
    return IncomeOut.model_validate(income.model_dump())


async def put_period(
    session: AsyncSession,
    principal: Principal,
    household_id: str,
    kind: IncomePeriod,
    period: str,
    body: IncomeBody,
) -> SnapshotOut:
    """Record the income of a period that is no year, as `put` does.

    Raises:
        HouseholdNotFound, HouseholdEnded
        HouseholdInvalid: the period is none of its kind, or not over; amounts that contradict each other.
    """
    household = await households.require_active(session, principal, household_id, lock=True)
    window = rules.window(kind, period)
    if window is None:
        error = FieldError(pointer="path:period", code="period.kind", detail=_OTHER_FORM)
        raise households.HouseholdInvalid("the period is none of its kind", errors=[error])
    first, last = window
    as_of = body.as_of or clock.today()
    _require([("path:period", "period.range")] if last > clock.today() else [], as_of)
    before = await store.current_of(session, household.id, kind, last)
    columns = _columns(before, body) | {"population": before.population if before else household.population}
    told: dict[str, Any] = {"as_of": as_of, "recorded_at": clock.now(), "recorded_by": principal.actor}
    income = IncomeSnapshot(
        household_id=household.id, kind=kind.value, period_from=first, period_to=last, version=1, **told, **columns
    )
    if before is not None and as_of >= before.as_of and _is_same(before, columns):
        before.as_of = as_of
        return SnapshotOut.model_validate(before.model_dump())
    is_late = before is not None and as_of < before.as_of
    if kind is not IncomePeriod.QUARTER or is_late:
        await store.record(session, income, is_late=is_late)
    else:
        async with households.changing(session, [household_id], cause="income", by=principal.actor):
            await store.record(session, income)
            await store.add_up_to_date(session, household.id)
    return SnapshotOut.model_validate(income.model_dump())


def _require(late: list[tuple[str, str]], as_of: date) -> None:
    late = [*late, *([("/as_of", "as_of.range")] if as_of > clock.today() else [])]
    if late:
        errors = [FieldError(pointer=pointer, code=code, detail=_IN_FUTURE) for pointer, code in late]
        raise households.HouseholdInvalid("a period or a day in the future", errors=errors)


def _columns(before: Income | IncomeSnapshot | None, body: IncomeBody) -> dict[str, Any]:
    """Give the amounts and items after the change, as columns.

    Raises:
        HouseholdInvalid: they contradict each other.
    """
    stated = body.model_dump(exclude={"as_of", "items"})
    given = {name: amount for name, amount in stated.items() if name in body.model_fields_set}
    whole = rules.put_together(
        rules.Whole({name: getattr(before, name) for name in stated}, _decimals(before.items))
        if before is not None
        else rules.Whole(stated, {}),
        given,
        body.items,
    )
    if errors := rules.faults_of(given, body.items, whole):
        raise households.HouseholdInvalid("the amounts contradict each other", errors=errors)
    return whole.amounts | {"items": {code: str(amount) for code, amount in sorted(whole.items.items())}}


def _decimals(items: dict[str, str]) -> dict[str, Decimal]:
    return {code: Decimal(amount) for code, amount in items.items()}


def _is_same(before: Income | IncomeSnapshot, columns: dict[str, Any]) -> bool:
    return all(getattr(before, name) == value for name, value in columns.items())


def _found_on(income: Income) -> date:
    return income.as_of or income.recorded_at.astimezone(clock.CHINA).date()


async def amounts_of(session: AsyncSession, household_id: UUID, year: int) -> dict[str, str] | None:
    """Give the amounts that are registered of a year, as text; None where none are."""
    known = await store.current(session, household_id, year)
    return {field.name: str(getattr(known, field.name)) for field in editable(INCOME)} if known else None


async def history(session: AsyncSession, principal: Principal, household_id: str) -> IncomesOut:
    """Give every version of a household's incomes, and what departments' lists say of them."""
    await households.require(session, principal, household_id)
    return IncomesOut(
        items=[IncomeOut.model_validate(row.model_dump()) for row in await store.history(session, UUID(household_id))],
        of_departments=await aid.parts_of_incomes(session, principal, household_id),
    )


async def periods(session: AsyncSession, principal: Principal, household_id: str) -> SnapshotsOut:
    """Give every version of a household's incomes of periods that are no years."""
    await households.require(session, principal, household_id)
    rows = await store.snapshots(session, [UUID(household_id)])
    return SnapshotsOut(items=[SnapshotOut.model_validate(row.model_dump()) for row in rows])


async def newest(session: AsyncSession, household_id: str) -> Income | None:
    """Give the income of the newest registered year, in yuan; None where nothing newer than last year's is known: what
    is older says nothing of today."""
    return await store.newest(session, UUID(household_id), clock.today().year - 1)
