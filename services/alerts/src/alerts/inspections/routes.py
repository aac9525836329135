"""HTTP edge of inspections."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.access import service as access
from alerts.duties import service as duties
from alerts.inspections import problems, service
from alerts.inspections.schemas import (
    ChecklistQuery,
    InspectionIn,
    InspectionOut,
    InspectionPage,
    InspectionResultIn,
    InspectionsQuery,
    InspectionTaskOut,
    InspectionTaskPage,
    InspectionTaskRow,
    InspectionTaskShown,
    InspectionTasksQuery,
)
from contracts.vocabulary import FieldClass
from servicekit import documents
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses
from servicekit.titling import Titling

router = APIRouter(prefix="/v1", tags=["inspections"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[Principal, requires("supervision:read", purpose="查看季度督查 / read inspections", classes=_CLASSES)]
Supervisor = Annotated[
    Principal, requires("supervision:write", purpose="抽取督查户 / draw households to inspect", classes=_CLASSES)
]
Inspector = Annotated[
    Principal, requires("duties:handle", purpose="登记督查结果 / say what was found at a household", classes=_CLASSES)
]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the checklist",
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media_type, _ in documents.FORMS.values()
        },
    }
}


@router.get("/inspections", responses=responses(OutsideArea, InvalidInput))
async def list_inspections(
    principal: Reader, session: Tx, query: Annotated[InspectionsQuery, Query()]
) -> InspectionPage:
    """季度督查 / Inspections of the caller's counties, the newest first, with what was drawn in the caller's areas."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "/inspections",
    status_code=201,
    responses=responses(
        OutsideArea, access.NotSupervisor, problems.InspectionInvalid, problems.InspectionEmpty, KeyReused
    ),
)
async def draw_inspection(
    body: InspectionIn, principal: Supervisor, session: Tx, response: Response, key: Key
) -> InspectionOut:
    """抽取督查户 / Draw households at random in each township and of each kind; each is a duty."""

    async def create() -> InspectionOut:
        return await service.draw(session, principal, body)

    kept = await key.once(session, principal, "inspections.draw", body, create, InspectionOut, response)
    response.headers["Location"] = f"/v1/inspections/{kept.id}"
    return kept


@router.get("/inspections/{inspection_id}", responses=responses(problems.InspectionNotFound))
async def read_inspection(inspection_id: Id, principal: Reader, session: Tx) -> InspectionOut:
    """一次督查 / An inspection: seed, what was drawn from, how far it is."""
    return await service.read(session, principal, inspection_id)


@router.get(
    "/inspections/{inspection_id}/tasks",
    responses=responses(problems.InspectionNotFound, OutsideArea, InvalidInput),
)
async def list_inspection_tasks(
    inspection_id: Id,
    principal: Reader,
    database: Db,
    titling: Titling,
    query: Annotated[InspectionTasksQuery, Query()],
) -> InspectionTaskPage:
    """督查户清单 / The households that were drawn in the caller's areas: whose each is, by when, what was found."""
    after = read_cursor(query.cursor, int)
    async with database.transaction() as session:
        page = await service.tasks_page(session, principal, inspection_id, query, after[0] if after else None)
    titles = await titling.of(page.items)
    return InspectionTaskPage(
        **dict(page) | {"items": titles.on(page.items, InspectionTaskRow), "titles": titles.state}
    )


@router.get(
    "/inspections/{inspection_id}/checklist",
    response_class=Response,
    responses=responses(problems.InspectionNotFound, OutsideArea, InvalidInput) | _FILES,
)
async def print_inspection(
    inspection_id: Id,
    principal: Reader,
    database: Db,
    titling: Titling,
    query: Annotated[ChecklistQuery, Query()],
) -> Response:
    """打印督查清单 / The checklist as page, PDF or workbook; names as the caller may see them."""
    async with database.transaction() as session:
        inspection, title, rows = await service.checklist(session, principal, inspection_id, query)
    titled: list[InspectionTaskRow] = []
    for some in service.pages(rows):
        titled += (await titling.of(some)).on(some, InspectionTaskRow)
    media_type, make = documents.FORMS[query.format]
    return Response(
        await asyncio.to_thread(make, service.document(inspection, title, titled)),
        media_type=media_type,
        headers=documents.headers(f"inspection-{inspection_id}.{query.format}"),
    )


@router.get("/inspection-tasks/{task_id}", responses=responses(problems.InspectionNotFound))
async def read_inspection_task(task_id: Id, principal: Reader, database: Db, titling: Titling) -> InspectionTaskShown:
    """一户督查 / A household that was drawn, and what was found."""
    async with database.transaction() as session:
        task = await service.read_task(session, principal, task_id)
    titles = await titling.of([task])
    return titles.one(task, InspectionTaskShown, titles=titles.state)


@router.post(
    "/inspection-tasks/{task_id}/result",
    responses=responses(
        problems.InspectionNotFound, problems.InspectionClosed, problems.InspectionInvalid,
        duties.NotYours, duties.NotInHand, duties.InOtherHands, KeyReused,
    ),
)  # fmt: skip
async def finish_inspection_task(
    task_id: Id, body: InspectionResultIn, principal: Inspector, session: Tx, response: Response, key: Key
) -> InspectionTaskOut:
    """登记督查结果 / Say what was found at a household, as who is named for it or has its duty in hand."""

    async def create() -> InspectionTaskOut:
        return await service.finish(session, principal, task_id, body)

    return await key.once(
        session, principal, f"inspection_tasks.result.{task_id}", body, create, InspectionTaskOut, response
    )
