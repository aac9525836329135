"""HTTP edge of comparison runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey
from servicekit.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from servicekit.problems import InvalidInput, responses
from sharing.comparison import service
from sharing.comparison.problems import FuturePeriod, InvalidOverrides, UnknownRun
from sharing.comparison.schemas import Period, RunIn, RunOut

router = APIRouter(prefix="/v1/comparison-runs", tags=["comparison"])

_MayRun = Annotated[
    Principal, requires("comparison:run", purpose="run the monthly comparison", classes=(FieldClass.S2,))
]
_MayRead = Annotated[
    Principal, requires("comparison:read", purpose="follow a comparison run", classes=(FieldClass.S2,))
]


@router.post("", status_code=202, response_model=RunOut, responses=responses(FuturePeriod, InvalidOverrides))
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
async def list_runs(
    session: Tx,
    _: _MayRead,
    period: Annotated[Period | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RunOut]:
    """比对任务列表 / comparison runs, newest first."""
    before = str(decode_cursor(cursor, 1)[0]) if cursor else None
    items = await service.list_runs(session, period, before, limit)
    return Page(items=items, next_cursor=encode_cursor([items[-1].id]) if len(items) == limit else None)


@router.get("/{run_id}", response_model=RunOut, responses=responses(UnknownRun))
async def get_run(run_id: str, session: Tx, _: _MayRead) -> RunOut:
    """比对任务进度与结果 / progress and result of a run."""
    return await service.get_run(session, run_id)
