"""HTTP edge of sheets."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.access import service as access
from alerts.sheets import problems, service
from alerts.sheets.schemas import (
    PERIOD_FORM,
    FreezeIn,
    IssueIn,
    SheetKindsOut,
    SheetOut,
    SheetPage,
    SheetQuery,
    SheetShown,
    SheetsQuery,
)
from contracts.vocabulary import FieldClass
from servicekit import documents
from servicekit.auth import AreaNeeded, OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1", tags=["sheets"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[Principal, requires("figures:read", purpose="查看报表 / read sheets of figures", classes=_CLASSES)]
Maker = Annotated[
    Principal, requires("figures:write", purpose="冻结、印发报表 / freeze and issue sheets", classes=_CLASSES)
]
Kind = Annotated[str, Path(max_length=32, description="see GET /v1/sheet-kinds")]
PeriodName = Annotated[str, Path(pattern=PERIOD_FORM, description="2026-11, or 2026-Q4")]
Key = Annotated[IdempotencyKey, Depends()]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the sheet",
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media_type, _ in documents.FORMS.values()
        },
    }
}
_OF_ONE = (problems.SheetKindUnknown, problems.SheetPeriodUnfit, OutsideArea, InvalidInput)
_OF_MAKER = (access.NotSupervisor, problems.SheetOfCounty, KeyReused)


@router.get("/sheet-kinds")
async def list_sheet_kinds(_: Reader) -> SheetKindsOut:
    """报表种类 / The kinds of sheets, and which indicators stand in each."""
    return service.kinds()


@router.get("/sheets", responses=responses(OutsideArea, InvalidInput))
async def list_sheets(principal: Reader, session: Tx, query: Annotated[SheetsQuery, Query()]) -> SheetPage:
    """报表列表 / Sheets that were frozen and issued, the newest first; only the county sees what is not issued."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.get(
    "/sheets/{kind}/{period}",
    response_model=SheetShown,
    responses=responses(
        *_OF_ONE, problems.SheetNotFound, problems.SheetKeptInCounty, problems.SheetOfCounty, AreaNeeded
    )
    | _FILES,
)
async def read_sheet(
    kind: Kind, period: PeriodName, principal: Reader, database: Db, query: Annotated[SheetQuery, Query()]
) -> SheetShown | Response:
    """报表 / A sheet as the caller may see it, as data, page, PDF or workbook; a draft where none is frozen.

    A township has its own rows and ranks, a department its own, and who is above the county no count below five.
    """
    async with database.transaction() as session:
        found = await service.read(session, principal, kind, period, query)
    if query.format == "json":
        return found.shown
    media_type, make = documents.FORMS[query.format]
    return Response(
        await asyncio.to_thread(make, found.document()),
        media_type=media_type,
        headers=documents.headers(f"{kind}-{period}-{found.shown.area_code}.{query.format}"),
    )


@router.post(
    "/sheets/{kind}/{period}/freeze",
    status_code=201,
    responses=responses(*_OF_ONE, *_OF_MAKER, problems.SheetTooEarly, problems.SheetIncomplete),
)
async def freeze_sheet(
    kind: Kind, period: PeriodName, body: FreezeIn, principal: Maker, session: Tx, response: Response, key: Key
) -> SheetOut:
    """冻结报表 / Keep a county's sheet of a period that is over, by the newest figures: its next version."""

    async def create() -> SheetOut:
        return await service.freeze(session, principal, kind, period, body)

    sheet = await key.once(session, principal, f"sheets.freeze.{kind}.{period}", body, create, SheetOut, response)
    response.headers["Location"] = f"/v1/sheets/{kind}/{period}?area_code={sheet.area_code}&version={sheet.version}"
    return sheet


@router.post(
    "/sheets/{kind}/{period}/issue",
    responses=responses(*_OF_ONE, *_OF_MAKER, problems.SheetNotFound, problems.SheetIssued, problems.SheetSecondPerson),
)
async def issue_sheet(
    kind: Kind, period: PeriodName, body: IssueIn, principal: Maker, session: Tx, response: Response, key: Key
) -> SheetOut:
    """印发报表 / Issue a frozen version, as somebody else than who froze it: townships, departments, city read it."""

    async def create() -> SheetOut:
        return await service.issue(session, principal, kind, period, body)

    return await key.once(session, principal, f"sheets.issue.{kind}.{period}", body, create, SheetOut, response)
