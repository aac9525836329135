"""HTTP edge of the worklist."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.conflicts import Decision, NothingToSettle, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.titling import Titling
from sharing.worklist import service
from sharing.worklist.problems import AlreadyDecided, DecisionUnfit, UnknownRow
from sharing.worklist.schemas import (
    DecideIn,
    WorklistCounts,
    WorklistFilter,
    WorklistListed,
    WorklistOut,
    WorklistPage,
    WorklistQuery,
    WorklistShown,
)
from sharing.worklist.store import ROW

router = APIRouter(prefix="/v1/worklist", tags=["deliveries"])

_PURPOSE = "核实无法使用的报送数据 / decision about delivered rows that cannot be used"
_MayRead = Annotated[Principal, requires("deliveries:read", purpose=_PURPOSE, classes=(FieldClass.S3,))]
_MayDecide = Annotated[Principal, requires("deliveries:write", purpose=_PURPOSE, classes=(FieldClass.S3,))]


@router.get("", response_model=WorklistPage, responses=responses(InvalidInput))
async def list_worklist(
    database: Db, principal: _MayRead, titling: Titling, query: Annotated[WorklistQuery, Query()]
) -> WorklistPage:
    """待核实数据 / rows that could not be used, of the caller's department and areas, oldest first."""
    async with database.transaction() as session:
        page = await service.list_page(session, principal, query)
    titles = await titling.of(page.items)
    return WorklistPage(**dict(page) | {"items": titles.on(page.items, WorklistListed), "titles": titles.state})


@router.get("/counts", response_model=WorklistCounts, responses=responses(InvalidInput))
async def count_worklist(session: Tx, principal: _MayRead, query: Annotated[WorklistFilter, Query()]) -> WorklistCounts:
    """待核实数据计数 / rows by kind, state, dataset and township, those past their day and those not listed."""
    return await service.counts(session, principal, query)


@router.get("/{row_id}", response_model=WorklistShown, responses=responses(UnknownRow))
async def read_worklist_row(
    row_id: UUID, database: Db, principal: _MayRead, titling: Titling, response: Response
) -> WorklistShown:
    """一条待核实数据 / a row with its history."""
    async with database.transaction() as session:
        row = await service.read_row(session, principal, str(row_id))
    response.headers["ETag"] = etag_of(row.version)
    titles = await titling.of([row])
    return titles.one(row, WorklistShown, titles=titles.state)


@router.post(
    "/{row_id}/decision",
    response_model=WorklistOut,
    responses=responses(UnknownRow, AlreadyDecided, DecisionUnfit, PreconditionRequired, PreconditionFailed, KeyReused),
)
async def decide_worklist_row(
    row_id: UUID,
    body: DecideIn,
    database: Db,
    principal: _MayDecide,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag that you read")] = None,
) -> WorklistOut:
    """处理一条待核实数据 / decide; the next comparison uses it, and the same number and name is not asked again."""

    async with deciding(
        database, principal, Decision(ROW, str(row_id), body.model_dump(mode="json"), if_match)
    ) as session:

        async def create() -> WorklistOut:
            return await service.decide(session, principal, str(row_id), body, if_match)

        row = await key.once(session, principal, f"worklist.decide.{row_id}", body, create, WorklistOut, response)
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.post(
    "/{row_id}/refused/{refused_id}/settle",
    response_model=WorklistOut,
    responses=responses(UnknownRow, NothingToSettle),
)
async def settle_refused(
    row_id: UUID, refused_id: UUID, session: Tx, principal: _MayDecide, response: Response
) -> WorklistOut:
    """处理未生效的决定 / say that a decision that was refused as stale needs nobody any more."""
    row = await service.settle(session, principal, str(row_id), str(refused_id))
    response.headers["ETag"] = etag_of(row.version)
    return row
