"""HTTP of the collective income of villages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from contracts.vocabulary import FieldClass
from registry.collective_income import service
from registry.collective_income.problems import CollectiveIncomeInvalid
from registry.collective_income.schemas import (
    CollectiveIncomeIn,
    CollectiveIncomeOut,
    CollectiveIncomeQuery,
    RevisionsOut,
    VillagePage,
)
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/collective-incomes", tags=["areas"])

Reader = Annotated[
    Principal,
    requires("areas:read", purpose="查看村集体收益分配 / read what villages distributed", classes=(FieldClass.S2,)),
]
Writer = Annotated[
    Principal,
    requires(
        "collective:write", purpose="登记村集体收益分配 / record what villages distributed", classes=(FieldClass.S2,)
    ),
]
Village = Annotated[str, Path(pattern=r"^[0-9]{12}$", description="12 digits")]
Year = Annotated[int, Path(ge=2020, le=2999)]


@router.get("", responses=responses(OutsideArea))
async def list_collective_incomes(
    session: Tx, principal: Reader, query: Annotated[CollectiveIncomeQuery, Query()]
) -> VillagePage:
    """村集体收益分配情况 / List villages with what became of their collective income of a year, and the sums.

    Each has to distribute it by the end of the month that policy says; that is the village's duty (D16).
    """
    return await service.page(session, principal, query, read_cursor(query.cursor, str))


@router.get("/{village_code}/{year}", responses=responses(OutsideArea))
async def read_collective_income(village_code: Village, year: Year, session: Tx, principal: Reader) -> RevisionsOut:
    """一村一年的收益分配及更正 / Give what a village said of a year, the revision that holds first."""
    return await service.revisions(session, principal, village_code, year)


@router.put("/{village_code}/{year}", responses=responses(OutsideArea, CollectiveIncomeInvalid))
async def put_collective_income(
    village_code: Village, year: Year, body: CollectiveIncomeIn, session: Tx, principal: Writer
) -> CollectiveIncomeOut:
    """登记或更正村集体收益分配 / Record, or correct, what became of a village's collective income. Revisions stay."""
    return await service.put(session, principal, village_code, year, body)
