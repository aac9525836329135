"""HTTP of incomes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from contracts.vocabulary import FieldClass, IncomePeriod
from registry.households import service as households
from registry.incomes import forecasts, service
from registry.incomes.schemas import (
    FallPage,
    FallQuery,
    ForecastOut,
    IncomeBody,
    IncomeOut,
    IncomesOut,
    SnapshotOut,
    SnapshotsOut,
)
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(tags=["incomes"])

Reader = Annotated[
    Principal, requires("households:read", purpose="查看家庭收支 / read incomes", classes=(FieldClass.S3,))
]
Writer = Annotated[
    Principal, requires("households:write", purpose="登记家庭收支 / record incomes", classes=(FieldClass.S3,))
]


@router.put(
    "/v1/households/{household_id}/incomes/{year}",
    responses=responses(households.HouseholdNotFound, households.HouseholdEnded, households.HouseholdInvalid),
)
async def put_income(
    household_id: UUID,
    year: Annotated[int, Path(ge=2000, le=2100)],
    body: IncomeBody,
    session: Tx,
    principal: Writer,
) -> IncomeOut:
    """Record a year's income and expenditure (F-A42); earlier versions are kept."""
    return await service.put(session, principal, str(household_id), year, body)


@router.get("/v1/households/{household_id}/incomes", responses=responses(households.HouseholdNotFound))
async def get_incomes(
    household_id: UUID,
    session: Tx,
    principal: Reader,
) -> IncomesOut:
    """Give every version of every year."""
    return await service.history(session, principal, str(household_id))


@router.get("/v1/households/{household_id}/incomes/forecast", responses=responses(households.HouseholdNotFound))
async def get_forecast(household_id: UUID, session: Tx, principal: Reader) -> ForecastOut:
    """预计本年收入 / What the running year is expected to bring, item by item beside the last, with reasons (F-A45).

    What its quarters brought, divided by the share that they bring of a year. Without a quarter nothing is expected: it
    says so, and gives no 0.
    """
    return await forecasts.of_household(session, principal, str(household_id))


@router.get("/v1/incomes/expected-falls")
async def list_expected_falls(query: Annotated[FallQuery, Query()], session: Tx, principal: Reader) -> FallPage:
    """预计减收户 / Households that are expected to have less a head than the year before (F-A45), by village."""
    return await forecasts.falls(session, principal, query)


@router.put(
    "/v1/households/{household_id}/income-periods/{kind}/{period}",
    responses=responses(households.HouseholdNotFound, households.HouseholdEnded, households.HouseholdInvalid),
)
async def put_income_of_a_period(
    household_id: UUID,
    kind: IncomePeriod,
    period: Annotated[str, Path(pattern=r"^20[0-9]{2}-(Q[1-4]|0[1-9]|1[0-2])$", examples=["2026-Q3"])],
    body: IncomeBody,
    session: Tx,
    principal: Writer,
) -> SnapshotOut:
    """登记时段收支 / Record the income of a quarter, or of the twelve months to the end of a month (F-A42)."""
    return await service.put_period(session, principal, str(household_id), kind, period, body)


@router.get("/v1/households/{household_id}/income-periods", responses=responses(households.HouseholdNotFound))
async def get_incomes_of_periods(household_id: UUID, session: Tx, principal: Reader) -> SnapshotsOut:
    """Give every version of every period that is no year."""
    return await service.periods(session, principal, str(household_id))
