"""HTTP edge of comparison runs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import AreaNeeded, OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Page, encode_cursor, read_cursor
from servicekit.problems import InvalidInput, responses
from sharing.comparison import service
from sharing.comparison.problems import (
    FuturePeriod,
    InvalidOverrides,
    InvalidRules,
    NotHeld,
    SecondPersonNeeded,
    UnknownRun,
)
from sharing.comparison.schemas import DecisionIn, RunIn, RunOut, RunQuery

router = APIRouter(prefix="/v1/comparison-runs", tags=["comparison"])

_MayRun = Annotated[
    Principal, requires("comparison:run", purpose="run the monthly comparison", classes=(FieldClass.S2,))
]
_MayRead = Annotated[
    Principal, requires("comparison:read", purpose="follow a comparison run", classes=(FieldClass.S2,))
]


@router.post(
    "",
    status_code=202,
    response_model=RunOut,
    responses=responses(AreaNeeded, FuturePeriod, InvalidOverrides, InvalidRules, OutsideArea, WrongDepartment),
)
async def start_run(
    wanted: RunIn, session: Tx, principal: _MayRun, key: Annotated[IdempotencyKey, Depends()], response: Response
) -> RunOut:
    """发起比对 / start a comparison; follow it at Location."""
    run = await key.once(
        session,
        principal,
        "POST /v1/comparison-runs",
        wanted,
        lambda: service.request_run(session, principal, wanted),
        RunOut,
        response,
    )
    response.headers["Location"] = f"/v1/comparison-runs/{run.id}"
    return run


@router.get("", response_model=Page[RunOut], responses=responses(InvalidInput))
async def list_runs(session: Tx, principal: _MayRead, query: Annotated[RunQuery, Query()]) -> Page[RunOut]:
    """比对任务列表 / comparison runs of the caller's areas, newest first."""
    before = read_cursor(query.cursor, UUID)
    items = await service.list_runs(session, principal, query, before[0] if before else None)
    return Page(items=items, next_cursor=encode_cursor([items[-1].id]) if len(items) == query.limit else None)


@router.get("/{run_id}", response_model=RunOut, responses=responses(UnknownRun))
async def get_run(run_id: str, session: Tx, principal: _MayRead) -> RunOut:
    """比对任务进度与结果 / progress and result of a run."""
    return await service.get_run(session, principal, run_id)


_DECIDED = responses(UnknownRun, NotHeld, SecondPersonNeeded, WrongDepartment, KeyReused)


@router.post("/{run_id}/release", response_model=RunOut, responses=_DECIDED)
async def release_run(
    run_id: UUID,
    body: DecisionIn,
    session: Tx,
    principal: _MayRun,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> RunOut:
    """Believe a held run: it announces what it finds."""

    async def decide() -> RunOut:
        return await service.release_run(session, principal, str(run_id), body)

    return await key.once(session, principal, f"comparison.release.{run_id}", body, decide, RunOut, response)


@router.post("/{run_id}/withdraw", response_model=RunOut, responses=_DECIDED)
async def withdraw_run(
    run_id: UUID,
    body: DecisionIn,
    session: Tx,
    principal: _MayRun,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> RunOut:
    """Give a held run up: what stood before stands."""

    async def decide() -> RunOut:
        return await service.withdraw_run(session, principal, str(run_id), body)

    return await key.once(session, principal, f"comparison.withdraw.{run_id}", body, decide, RunOut, response)
