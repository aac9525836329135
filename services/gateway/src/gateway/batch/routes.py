"""HTTP of batches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from contracts.scopes import OFFLINE
from contracts.vocabulary import FieldClass
from gateway.batch import service
from gateway.batch.problems import BatchInvalid
from gateway.batch.schemas import BatchIn, BatchOut
from servicekit.auth import Principal, requires
from servicekit.problems import responses

router = APIRouter(tags=["batch 离线办理"])


@router.post("/v1/batch", responses=responses(BatchInvalid))
async def take_steps(
    body: BatchIn,
    request: Request,
    response: Response,
    _: Annotated[
        Principal,
        requires(
            *OFFLINE,
            purpose="提交离线时办理的步骤,逐条判定 / hand in steps taken offline, each judged by itself",
            classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
        ),
    ],
) -> BatchOut:
    """批量提交离线步骤 / Take steps that were queued offline, in order, each as if it had been sent alone.

    The answer is 200 with each step's own status and answer. A whole batch may be sent again: a step that was taken
    is not taken twice.
    """
    state = request.app.state
    items = await service.take(state.edge, state.directory, request.scope, body.steps)
    response.headers["Cache-Control"] = "no-store"  # as each step's own answer says
    return BatchOut(items=items)
