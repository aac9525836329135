"""Use cases of the forecast of a year: a household's, and the households that are expected to fall (R-AGR-05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import INCOME, IncomeItem
from contracts.plan_codes import IncomeReason
from registry.households import service as households
from registry.incomes import rules, store
from registry.incomes.schemas import ComparedOut, FallOut, FallPage, FallQuery, ForecastOut
from registry.incomes.tables import Income, IncomeSnapshot
from registry.policy import service as policy
from servicekit import clock
from servicekit.auth import Principal
from servicekit.paging import encode_cursor, read_cursor

_SHARES = ("income.share_to_q1", "income.share_to_q2", "income.share_to_q3")
_LOOKED_AT = 1000  # households a request, whether they fall or not
_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))


async def of_household(session: AsyncSession, principal: Principal, household_id: str) -> ForecastOut:
    """Give what the running year is expected to bring a household, item by item beside the year before.

    Raises:
        HouseholdNotFound
    """
    household = await households.require(session, principal, household_id)
    year = clock.today().year
    shares = await _shares(session, household.village_code)
    quarters, last = await _known(session, [household.id], year)
    told = _forecast(quarters.get(household.id, []), last.get(household.id), shares, household.population)
    unknown = [*([] if told else ["year"]), *([] if household.id in last else ["last_year"])]
    before = last.get(household.id)
    return ForecastOut(
        year=year,
        quarters=len(_first(quarters.get(household.id, []))),
        unknown=unknown,
        share=told.share if told else None,
        net_to_date=told.to_date.net if told else None,
        net=told.expected.net if told else None,
        per_capita_net=told.expected.per_capita if told else None,
        last_per_capita_net=before.per_capita_net if before else None,
        is_fall=told.is_fall if told and before else None,
        reasons=list(told.reasons) if told else [],
        compared=_compared(told) if told else [],
    )


async def falls(session: AsyncSession, principal: Principal, wanted: FallQuery) -> FallPage:
    """Give a page of the households that are expected to have less a head than the year before, by village.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
        InvalidInput: the cursor is none of ours.
    """
    year = clock.today().year
    conditions, parameters = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    after = read_cursor(wanted.cursor, str, UUID) or [None, None]
    values: dict[str, Any] = {**parameters, "after_area": after[0], "after_id": after[1], "limit": _LOOKED_AT}
    rows = await store.with_a_quarter(session, conditions, values | {"first_quarter": date(year, *_ENDS[0])})
    quarters, last = await _known(session, [row.id for row in rows], year)
    shares: dict[str, list[Decimal]] = {}
    items: list[FallOut] = []
    for place, row in enumerate(rows):
        if row.village_code not in shares:
            shares[row.village_code] = await _shares(session, row.village_code)
        told = _forecast(quarters[row.id], last.get(row.id), shares[row.village_code], row.population)
        if told is not None and told.last is not None and told.is_fall:
            items.append(_fall(row, told, len(_first(quarters[row.id])), last[row.id]))
        is_last = place == len(rows) - 1 and len(rows) < _LOOKED_AT
        if len(items) == wanted.limit or place == _LOOKED_AT - 1:
            cursor = None if is_last else encode_cursor([row.village_code, row.id])
            return FallPage(year=year, items=items, next_cursor=cursor)
    return FallPage(year=year, items=items)


async def why_fell(session: AsyncSession, household_ids: Sequence[UUID], year: int) -> dict[UUID, IncomeReason]:
    """Give what most made a year bring less a head than the one before, of those where it did and both are known."""
    now, before = [
        {row.household_id: _of(row) for row in await store.of_year(session, household_ids, each)}
        for each in (year, year - 1)
    ]
    why = {each: rules.reasons(now[each], before[each]) for each in now.keys() & before.keys()}
    return {household_id: found[0] for household_id, found in why.items() if found}


def _fall(row: Any, told: rules.Forecast, quarters: int, last: Income) -> FallOut:
    return FallOut(
        household_id=str(row.id),
        hh_no=row.hh_no,
        area_code=row.village_code,
        quarters=quarters,
        per_capita_net=told.expected.per_capita,
        last_per_capita_net=last.per_capita_net,
        reasons=list(told.reasons),
    )


async def _shares(session: AsyncSession, village: str) -> list[Decimal]:
    profile = await policy.parameters_for(session, village, clock.today())
    return [*(profile.number(name) for name in _SHARES), Decimal(1)]


async def _known(
    session: AsyncSession, ids: Sequence[UUID], year: int
) -> tuple[dict[UUID, list[IncomeSnapshot]], dict[UUID, Income]]:
    quarters: dict[UUID, list[IncomeSnapshot]] = {}
    for row in await store.quarters(session, ids, date(year, 1, 1), date(year, 12, 31)):
        quarters.setdefault(row.household_id, []).append(row)
    return quarters, {row.household_id: row for row in await store.of_year(session, ids, year - 1)}


def _first(quarters: Sequence[IncomeSnapshot]) -> list[IncomeSnapshot]:
    """Give the quarters from the first on without a gap."""
    ends = {(row.period_to.month, row.period_to.day): row for row in quarters}
    found: list[IncomeSnapshot] = []
    for end in _ENDS:
        if end not in ends:
            break
        found.append(ends[end])
    return found


def _forecast(
    quarters: Sequence[IncomeSnapshot], last: Income | None, shares: Sequence[Decimal], population: int
) -> rules.Forecast | None:
    first = _first(quarters)
    if not first or population < 1:
        return None
    return rules.forecast([_of(row) for row in first], shares, _of(last) if last else None, population)


def _of(row: Income | IncomeSnapshot) -> rules.Known:
    amounts = {name: getattr(row, name) for name in rules.COMPARED}
    return rules.Known(amounts, {code: Decimal(text) for code, text in row.items.items()}, row.population)


def _compared(told: rules.Forecast) -> list[ComparedOut]:
    """Give the amounts, each with those of its items that either year knows."""
    words = {field.name: (field.zh, field.en) for field in INCOME}
    last = told.last
    found: list[ComparedOut] = []
    for name in rules.COMPARED:
        before = last.amounts[name] if last else None
        found.append(_row(name, words[name], told.to_date.amounts[name], told.expected.amounts[name], before))
        for item in IncomeItem:
            if item.amount == name and any(each.items.get(item.value) for each in (told.to_date, last) if each):
                so_far, before = told.to_date.item(item), last.item(item) if last else None
                found.append(_row(item.value, (item.label, item.english), so_far, told.whole_year(so_far), before))
    return found


def _row(
    code: str,
    words: tuple[str, str],
    to_date: Decimal | None,
    expected: Decimal | None,
    last_year: Decimal | None,
) -> ComparedOut:
    return ComparedOut(
        code=code,
        label=words[0],
        english=words[1],
        to_date=to_date,
        expected=expected,
        last_year=last_year,
        change=None if expected is None or last_year is None else expected - last_year,
    )
