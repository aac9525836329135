"""Use cases of the insurance ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Department
from servicekit import clock
from servicekit.areas import range_of
from servicekit.auth import Principal, WrongDepartment
from servicekit.db import copy_in, execute
from servicekit.paging import encode_cursor
from sharing.insurance import store
from sharing.insurance.schemas import (
    AreaStatistics,
    FileQuery,
    InsuranceOut,
    InsuranceQuery,
    StatisticsPage,
    StatisticsQuery,
)
from sharing.insurance.store import COLUMNS as COLUMNS

_DIGITS = {"village": 12, "town": 9}


async def take(session: AsyncSession, file: Path, *, run_id: str, period: str, area_code: str | None) -> None:
    """Make the year's entries of an area, or of a limited run's households, those in the file.

    They follow the lists: what is corrected, replaced or withdrawn is so here after the comparison that it starts.

    Args:
        file: CSV of `COLUMNS`.
        area_code: What the run was about; `None` for the households of a limited one.
    """
    values: dict[str, Any] = {"year": int(period[:4]), "period": period}
    await execute(session, store.TOLD)
    await copy_in(session, "insurance_told", COLUMNS, file)
    await execute(session, store.TAKE, values | {"at": clock.now()})
    told, place = store.OF_HOUSEHOLDS, {"run": run_id}
    if area_code is not None:
        await execute(session, "ANALYZE insurance_told")
        told, place = store.OF_AREA, dict(zip(("low", "high"), range_of(area_code), strict=True))
    await execute(session, store.FORGET.format(told=told), values | place)


async def page(
    session: AsyncSession,
    principal: Principal,
    wanted: InsuranceQuery | FileQuery,
    after: tuple[str, str, str] | None,
    limit: int,
) -> tuple[list[InsuranceOut], str | None]:
    """Give a page of the people in focus, with what the lists say of their year; by village.

    Raises:
        OutsideArea: the area is not the caller's.
        WrongDepartment: the lists are another department's.
    """
    within = _within(principal, wanted.area)
    found = await store.page(session, within, _year(wanted.year), wanted.model_dump(), after, limit + 1)
    shown = [InsuranceOut.model_validate(row) for row in found[:limit]]
    last = shown[-1] if len(found) > limit else None
    return shown, encode_cursor([last.area_code, last.household_id, last.person_id]) if last else None


async def total(session: AsyncSession, principal: Principal, wanted: InsuranceQuery) -> int:
    """Count them.

    Raises:
        OutsideArea, WrongDepartment
    """
    return await store.total(session, _within(principal, wanted.area), _year(wanted.year), wanted.model_dump())


async def statistics(
    session: AsyncSession, principal: Principal, wanted: StatisticsQuery, after: str
) -> StatisticsPage:
    """Give figures by village or township, and of all of them.

    Raises:
        OutsideArea, WrongDepartment
    """
    within, year = _within(principal, wanted.area), _year(wanted.year)
    asked = wanted.model_dump()
    found = await store.statistics(
        session, within, year, asked, digits=_DIGITS[wanted.by], after=after, limit=wanted.limit + 1
    )
    (whole,) = await store.statistics(session, within, year, asked, digits=None, after="", limit=1) or [_NOBODY]
    shown = found[: wanted.limit]
    return StatisticsPage(
        year=year,
        items=[_figures(row) for row in shown],
        all=_figures(whole | {"area_code": wanted.area or ""}),
        next_cursor=encode_cursor([shown[-1]["area_code"]]) if len(found) > wanted.limit else None,
    )


_COUNTS = ("persons", "enrolled", "uninsured", "enrolment_unknown", "subsidised", "with_cost", "cost_unknown")
_AMOUNTS = ("premium", "subsidy", "total", "basic_paid", "critical_paid", "aid_paid", "self_paid")
_NOBODY: dict[str, Any] = dict.fromkeys(_COUNTS, 0) | dict.fromkeys(_AMOUNTS)


def _within(principal: Principal, area: str | None) -> Principal:
    """Give the caller within an area; of departments the ledger is the insurance department's alone."""
    if not principal.sees(Department.MED):
        raise WrongDepartment("the insurance ledger is the insurance department's")
    return principal.within(area)


def _year(year: int | None) -> int:
    return clock.today().year if year is None else year


def _figures(row: dict[str, Any]) -> AreaStatistics:
    known = row["enrolled"] + row["uninsured"]
    share = round(float(row["self_paid"] / row["total"]), 4) if row["total"] else None
    rate = round(row["enrolled"] / known, 4) if known else None
    return AreaStatistics.model_validate(row | {"enrolment_rate": rate, "self_paid_share": share})
