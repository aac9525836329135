"""HTTP of incomes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.incomes import service
from registry.incomes.schemas import IncomeBody, IncomeOut, IncomesOut
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(prefix="/v1/households/{household_id}/incomes", tags=["incomes"])


@router.put(
    "/{year}", responses=responses(households.HouseholdNotFound, households.HouseholdEnded, households.HouseholdInvalid)
)
async def put_income(
    household_id: UUID,
    year: Annotated[int, Path(ge=2000, le=2100)],
    body: IncomeBody,
    session: Tx,
    principal: Annotated[
        Principal, requires("households:write", purpose="登记家庭收支 / record incomes", classes=(FieldClass.S3,))
    ],
) -> IncomeOut:
    """Record a year's income and expenditure (F-A42); earlier versions are kept."""
    return await service.put(session, principal, str(household_id), year, body)


@router.get("", responses=responses(households.HouseholdNotFound))
async def get_incomes(
    household_id: UUID,
    session: Tx,
    principal: Annotated[
        Principal, requires("households:read", purpose="查看家庭收支 / read incomes", classes=(FieldClass.S3,))
    ],
) -> IncomesOut:
    """Give every version of every year."""
    return await service.history(session, principal, str(household_id))
