"""HTTP of data quality."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from contracts.fields import HOUSEHOLD, INCOME, PERSON, classes
from contracts.vocabulary import FieldClass
from registry.households.service import HouseholdNotFound
from registry.quality import checks, service, store
from registry.quality.problems import ErrorIsBlocking, ErrorIsClosed, QualityErrorNotFound, QualityRunNotFound
from registry.quality.schemas import (
    AcceptIn,
    CountQuery,
    ErrorQuery,
    HouseholdQuality,
    QualityCounts,
    QualityErrorOut,
    QualityErrorPage,
    QualityErrorRow,
    QualityErrorShown,
    RulesOut,
    RunIn,
    RunOut,
)
from servicekit.auth import AreaNeeded, OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(tags=["quality"])

_CLASSES = classes(HOUSEHOLD, PERSON, INCOME)
Reader = Annotated[
    Principal,
    requires("households:read", purpose="核对数据质量 / find and mend what is wrong in the register", classes=_CLASSES),
]
RulesReader = Annotated[
    Principal,
    requires("households:read", purpose="查看数据质量规则 / read the rules of data quality", classes=(FieldClass.S1,)),
]
Verifier = Annotated[
    Principal,
    requires(
        checks.AUDIT, checks.APPROVE, purpose="核实数据质量提示 / say that a warning is true as it is", classes=_CLASSES
    ),
]


@router.get("/v1/quality/rules")
async def list_quality_rules(_: RulesReader) -> RulesOut:
    """数据质量规则 / Every rule of data quality, with what it looks at and what to do (F-F23)."""
    return service.catalogue()


@router.get("/v1/quality/errors", responses=responses(OutsideArea, InvalidInput))
async def list_quality_errors(
    database: Db, principal: Reader, query: Annotated[ErrorQuery, Query()]
) -> QualityErrorPage:
    """数据质量问题 / What the rules have found in the caller's areas, the oldest first (F-F23).

    An error closes by itself once its facts are mended.
    """
    after = read_cursor(query.cursor, UUID)
    async with database.transaction() as session:
        items, total, is_more = await service.page(session, principal, query, after[0] if after else None)
    titles = await service.titles(database, principal, items)
    return QualityErrorPage(
        items=titles.on(items, QualityErrorRow),
        titles=titles.state,
        total=min(total, store.COUNTED),
        is_more=total > store.COUNTED,
        next_cursor=encode_cursor([items[-1].id]) if is_more else None,
    )


@router.get("/v1/quality/counts", responses=responses(OutsideArea, InvalidInput))
async def count_quality_errors(session: Tx, principal: Reader, query: Annotated[CountQuery, Query()]) -> QualityCounts:
    """数据质量问题计数 / Errors by rule and village, township or county, with the age of the oldest (RP-15)."""
    return await service.counts(session, principal, query)


@router.get("/v1/quality/errors/{error_id}", responses=responses(QualityErrorNotFound))
async def read_quality_error(error_id: UUID, database: Db, principal: Reader) -> QualityErrorShown:
    """一个问题 / One error, open or closed, with what its household is recognised by."""
    async with database.transaction() as session:
        found = await service.one(session, principal, error_id)
    titles = await service.titles(database, principal, [found])
    return titles.one(found, QualityErrorShown, titles=titles.state)


@router.post(
    "/v1/quality/errors/{error_id}/accept", responses=responses(QualityErrorNotFound, ErrorIsBlocking, ErrorIsClosed)
)
async def accept_quality_error(error_id: UUID, body: AcceptIn, session: Tx, principal: Verifier) -> QualityErrorOut:
    """真实情况,已核实 / Say that a warning is true as it is; it is listed no more until its facts change.

    A blocking error is not accepted, but corrected; what a counter-check found is accepted by the county. The same
    again changes nothing.
    """
    return await service.accept(session, principal, error_id, body.reason)


@router.post("/v1/quality/runs", status_code=202, responses=responses(OutsideArea, AreaNeeded))
async def start_quality_run(body: RunIn, session: Tx, principal: Reader, response: Response) -> RunOut:
    """立即检查 / Have every household of an area looked at now; follow it at Location.

    Households are looked at after each change and every night in any case. A run of the area that is not finished is
    given again.
    """
    run = await service.ask(session, principal, body.area_code)
    response.headers["Location"] = f"/v1/quality/runs/{run.id}"
    return run


@router.get("/v1/quality/runs/{run_id}", responses=responses(QualityRunNotFound))
async def read_quality_run(run_id: UUID, session: Tx, principal: Reader) -> RunOut:
    """检查进度 / How far a run is."""
    return await service.progress(session, principal, run_id)


@router.get("/v1/households/{household_id}/quality", responses=responses(HouseholdNotFound))
async def read_household_quality(household_id: UUID, session: Tx, principal: Reader) -> HouseholdQuality:
    """一户的数据质量问题 / What the rules found of a household, and what was mended."""
    return await service.of_household(session, principal, str(household_id))


@router.post("/v1/households/{household_id}/quality", responses=responses(HouseholdNotFound))
async def check_household_quality(household_id: UUID, session: Tx, principal: Reader) -> HouseholdQuality:
    """立即检查一户 / Look at a household now, and say what is found."""
    return await service.look_at(session, principal, str(household_id))
