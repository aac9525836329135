"""HTTP edge of series."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from alerts.access import service as access
from alerts.series import problems, service
from alerts.series.schemas import (
    CatalogueOut,
    CorrectionIn,
    EnteredOut,
    SeriesQuery,
    ValueDetail,
    ValuePage,
    ValuesIn,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses

router = APIRouter(tags=["series"])

_CLASSES = (FieldClass.S1,)
Reader = Annotated[
    Principal, requires("supervision:read", purpose="查看统计数据 / read statistics from outside", classes=_CLASSES)
]
Supervisor = Annotated[
    Principal, requires("supervision:write", purpose="录入统计数据 / enter statistics from outside", classes=_CLASSES)
]
EntryId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]


@router.get("/v1/series")
async def list_series(_: Reader) -> CatalogueOut:
    """统计指标目录 / The statistics that figures are held against: unit, levels, what a value may be."""
    return service.shown_catalogue()


@router.get("/v1/series-values", responses=responses(InvalidInput))
async def list_series_values(principal: Reader, session: Tx, query: Annotated[SeriesQuery, Query()]) -> ValuePage:
    """统计数据 / What the caller's areas keep of statistics, and what is kept above them, the newest entry first."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "/v1/series-values",
    status_code=201,
    responses=responses(OutsideArea, problems.SeriesInvalid, access.NotSupervisor, KeyReused),
)
async def enter_series_values(
    body: ValuesIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> EnteredOut:
    """录入统计数据 / Enter statistics with their source: all that is given, or none."""

    async def create() -> EnteredOut:
        return await service.enter(session, principal, body)

    return await key.once(session, principal, "series.enter", body, create, EnteredOut, response)


@router.get("/v1/series-values/{entry_id}", responses=responses(problems.SeriesNotFound))
async def read_series_value(entry_id: EntryId, principal: Reader, session: Tx, response: Response) -> ValueDetail:
    """一项统计数据 / A value with every version that there was, and the ETag that a correction names."""
    value = await service.read(session, principal, entry_id)
    response.headers["ETag"] = etag_of(value.version)
    return value


@router.put(
    "/v1/series-values/{entry_id}",
    responses=responses(
        problems.SeriesNotFound, problems.SeriesInvalid, access.NotSupervisor, PreconditionFailed, PreconditionRequired
    ),
)
async def correct_series_value(
    entry_id: EntryId,
    body: CorrectionIn,
    principal: Supervisor,
    session: Tx,
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag that you read")] = None,
) -> ValueDetail:
    """更正统计数据 / Say what a value should have been; what it was stays as an earlier version."""
    value = await service.correct(session, principal, entry_id, body, if_match)
    response.headers["ETag"] = etag_of(value.version)
    return value
