"""HTTP edge of the supervision list."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.access import service as access
from alerts.supervision import problems, service
from alerts.supervision.schemas import (
    SupervisionIn,
    SupervisionOut,
    SupervisionPage,
    SupervisionQuery,
    SupervisionTextIn,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/supervisions", tags=["supervision"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal, requires("supervision:read", purpose="查看挂牌督办 / read the supervision list", classes=_CLASSES)
]
Supervisor = Annotated[
    Principal, requires("supervision:write", purpose="立牌、摘牌 / keep the supervision list", classes=_CLASSES)
]
EntryId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]
_STEPS = (problems.SupervisionNotFound, problems.SupervisionClosed, access.NotSupervisor, KeyReused)


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_supervisions(
    principal: Reader, session: Tx, query: Annotated[SupervisionQuery, Query()]
) -> SupervisionPage:
    """挂牌督办 / The units that are supervised, in the caller's areas and of its department, the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "", status_code=201, responses=responses(OutsideArea, problems.SupervisionPast, access.NotSupervisor, KeyReused)
)
async def open_supervision(
    body: SupervisionIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> SupervisionOut:
    """立牌 / Put a unit on the list, from above it."""

    async def create() -> SupervisionOut:
        return await service.open_entry(session, principal, body)

    entry = await key.once(session, principal, "supervisions.open", body, create, SupervisionOut, response)
    response.headers["Location"] = f"/v1/supervisions/{entry.id}"
    return entry


@router.get("/{supervision_id}", responses=responses(problems.SupervisionNotFound))
async def read_supervision(supervision_id: EntryId, principal: Reader, session: Tx) -> SupervisionOut:
    """一项挂牌督办 / A unit on the list, with what was said of it."""
    return await service.read(session, principal, supervision_id)


@router.post("/{supervision_id}/progress", responses=responses(*_STEPS))
async def report_on_supervision(
    supervision_id: EntryId, body: SupervisionTextIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> SupervisionOut:
    """督办进展 / Say how far a unit on the list is."""

    async def create() -> SupervisionOut:
        return await service.report(session, principal, supervision_id, body.text)

    route = f"supervisions.progress.{supervision_id}"
    return await key.once(session, principal, route, body, create, SupervisionOut, response)


@router.post("/{supervision_id}/closing", responses=responses(*_STEPS, problems.SupervisionSecondPerson))
async def close_supervision(
    supervision_id: EntryId, body: SupervisionTextIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> SupervisionOut:
    """摘牌 / Take a unit off the list with a reason, as somebody else than who put it there."""

    async def create() -> SupervisionOut:
        return await service.close(session, principal, supervision_id, body.text)

    route = f"supervisions.closing.{supervision_id}"
    return await key.once(session, principal, route, body, create, SupervisionOut, response)
