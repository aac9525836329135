"""HTTP of income plans and of the cohorts that need them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.income_plans import cohorts, service
from registry.income_plans.problems import IncomePlanInvalid, IncomePlanOfTownship
from registry.income_plans.schemas import (
    IncomePlanIn,
    IncomePlanOut,
    IncomePlansOut,
    MemberPage,
    MemberQuery,
    MemberRow,
    ProgressOut,
    ProgressQuery,
)
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(tags=["plans"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[
    Principal, requires(households.READ, purpose="查看增收计划和进度 / read income plans", classes=_CLASSES)
]
Writer = Annotated[Principal, requires("plans:write", purpose="制定增收计划 / make income plans", classes=_CLASSES)]


@router.put(
    "/v1/households/{household_id}/income-plan",
    responses=responses(
        households.HouseholdNotFound, households.HouseholdEnded, IncomePlanInvalid, IncomePlanOfTownship
    ),
)
async def put_income_plan(household_id: UUID, body: IncomePlanIn, session: Tx, principal: Writer) -> IncomePlanOut:
    """制定或修订增收计划 / Make or revise a household's plan to raise its income (F-A27). Earlier revisions stay."""
    return await service.put(session, principal, str(household_id), body)


@router.get("/v1/households/{household_id}/income-plans", responses=responses(households.HouseholdNotFound))
async def list_income_plans(household_id: UUID, session: Tx, principal: Reader) -> IncomePlansOut:
    """增收计划及历次修订 / List the revisions of a household's income plan, the one that holds first."""
    return await service.plans(session, principal, str(household_id))


@router.get("/v1/income-cohorts", responses=responses(OutsideArea))
async def read_income_cohorts(session: Tx, principal: Reader, query: Annotated[ProgressQuery, Query()]) -> ProgressOut:
    """增收计划进度 / Tell how many households of the year's cohorts have a plan, by area, cohort and reason (F-A27).

    All of a village have to, by the end of the month that policy says; that is the village's duty (D13).
    """
    return await cohorts.progress(session, principal, query)


@router.get("/v1/income-cohorts/households", responses=responses(OutsideArea))
async def list_cohort_households(database: Db, principal: Reader, query: Annotated[MemberQuery, Query()]) -> MemberPage:
    """需制定增收计划的农户 / List the households of the year's cohorts by village: `is_planned=false` are missing."""
    after = read_cursor(query.cursor, str, UUID)
    async with database.transaction() as session:
        items, total, cursor = await cohorts.members(session, principal, query, after)
    titles = await households.titles_of(database, principal, items)
    return MemberPage(items=titles.on(items, MemberRow), total=total, titles=titles.state, next_cursor=cursor)
