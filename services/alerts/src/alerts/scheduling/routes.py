"""HTTP edge of scheduling."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.access import service as access
from alerts.duties import service as duties
from alerts.scheduling import problems, service
from alerts.scheduling.schemas import (
    CancelIn,
    ItemOut,
    ResultIn,
    SchedulingIn,
    SchedulingOut,
    SchedulingPage,
    SchedulingQuery,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1", tags=["scheduling"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal, requires("supervision:read", purpose="查看调度记录 / read what was decided", classes=_CLASSES)
]
Supervisor = Annotated[
    Principal, requires("supervision:write", purpose="登记月调度、季督查 / record scheduling", classes=_CLASSES)
]
Responsible = Annotated[
    Principal, requires("duties:handle", purpose="报送议定事项结果 / say that it is done", classes=_CLASSES)
]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]


@router.get("/schedulings", responses=responses(OutsideArea, InvalidInput))
async def list_schedulings(
    principal: Reader, session: Tx, query: Annotated[SchedulingQuery, Query()]
) -> SchedulingPage:
    """月调度、季督查 / The meetings and inspections of the caller's areas, the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "/schedulings",
    status_code=201,
    responses=responses(OutsideArea, problems.SchedulingInvalid, access.NotSupervisor, KeyReused),
)
async def record_scheduling(
    body: SchedulingIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> SchedulingOut:
    """登记调度 / Keep what the month's meeting, or the quarter's inspection, decided; each item is its unit's duty."""

    async def create() -> SchedulingOut:
        return await service.record(session, principal, body)

    kept = await key.once(session, principal, "schedulings.record", body, create, SchedulingOut, response)
    response.headers["Location"] = f"/v1/schedulings/{kept.id}"
    return kept


@router.get("/schedulings/{scheduling_id}", responses=responses(problems.SchedulingNotFound))
async def read_scheduling(scheduling_id: Id, principal: Reader, session: Tx) -> SchedulingOut:
    """一次调度 / A meeting or an inspection, with what it decided."""
    return await service.read(session, principal, scheduling_id)


@router.post(
    "/schedulings/{scheduling_id}/cancel",
    responses=responses(problems.SchedulingNotFound, problems.SchedulingClosed, access.NotSupervisor, KeyReused),
)
async def cancel_scheduling(
    scheduling_id: Id, body: CancelIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> SchedulingOut:
    """作废调度记录 / Cancel a record that was made by mistake: what it decided is nobody's any more."""

    async def create() -> SchedulingOut:
        return await service.cancel(session, principal, scheduling_id, body.reason)

    return await key.once(
        session, principal, f"schedulings.cancel.{scheduling_id}", body, create, SchedulingOut, response
    )


@router.get("/scheduling-items/{item_id}", responses=responses(problems.SchedulingNotFound))
async def read_scheduling_item(item_id: Id, principal: Reader, session: Tx) -> ItemOut:
    """一项议定事项 / Something that was decided, for the unit whose it is."""
    return await service.read_item(session, principal, item_id)


@router.post(
    "/scheduling-items/{item_id}/result",
    responses=responses(
        problems.SchedulingNotFound, problems.SchedulingClosed, problems.SchedulingInvalid,
        duties.NotYours, duties.NotInHand, duties.InOtherHands, KeyReused,
    ),
)  # fmt: skip
async def finish_scheduling_item(
    item_id: Id, body: ResultIn, principal: Responsible, session: Tx, response: Response, key: Key
) -> ItemOut:
    """报送议定事项结果 / Say that what was decided is done, with its duty in hand."""

    async def create() -> ItemOut:
        return await service.finish(session, principal, item_id, body)

    return await key.once(session, principal, f"scheduling_items.result.{item_id}", body, create, ItemOut, response)
