"""HTTP of public notices."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from registry.notices import service
from registry.notices.problems import NoticeInvalid, NoticeNotFound, NoticeOver
from registry.notices.schemas import NoticeDetail, NoticeIn, NoticeOut, NoticePage, NoticeQuery, NoticeWithdrawal
from registry.wire import Keys
from servicekit import documents
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.idempotency import IdempotencyKey
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/notices", tags=["notices"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Writer = Annotated[
    Principal,
    requires("episodes:write", "episodes:audit", purpose="张贴公示公告 / post public notices", classes=_CLASSES),
]
Reader = Annotated[Principal, requires("episodes:read", purpose="查看公示公告 / read public notices", classes=_CLASSES)]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the page",
        "content": {"text/html": {"schema": {"type": "string"}}, "application/pdf": {"schema": {
            "type": "string", "format": "binary"
        }}},
    }
}  # fmt: skip


@router.post("", status_code=201, responses=responses(OutsideArea, NoticeInvalid))
async def post_notice(
    body: NoticeIn, session: Tx, principal: Writer, key: Annotated[IdempotencyKey, Depends()], response: Response
) -> NoticeOut:
    """拟公示 / Make a notice of households in the procedure, of funds or of projects (F-A19, F-E17)."""

    async def create() -> NoticeOut:
        return await service.post(session, principal, body)

    notice = await key.once(session, principal, "notices", body, create, NoticeOut, response)
    response.headers["Location"] = f"/v1/notices/{notice.id}"
    return notice


@router.get("", responses=responses(OutsideArea))
async def list_notices(session: Tx, principal: Reader, query: Annotated[NoticeQuery, Query()]) -> NoticePage:
    """公告列表 / List notices of the caller's areas, newest first; names are masked."""
    after = read_cursor(query.cursor, str)
    return await service.page(session, principal, query, after[0] if after else None)


@router.get("/{notice_id}", responses=responses(NoticeNotFound))
async def get_notice(notice_id: UUID, session: Tx, principal: Reader) -> NoticeDetail:
    """公告 / Give a notice, names masked, with who was given its page."""
    return await service.show(session, principal, notice_id)


@router.get("/{notice_id}/document", response_class=Response, responses=responses(NoticeNotFound, NoticeOver) | _FILES)
async def print_notice(
    notice_id: UUID,
    database: Db,
    principal: Writer,
    keys: Keys,
    form: Annotated[Literal["html", "pdf"], Query(description="the page, or the same as PDF")] = "html",
) -> Response:
    """打印公告 / Give the page to post: heads by name, no number, telephone, account, health, risk or minor."""
    async with database.transaction() as session:
        sheet = await service.sheet(session, principal, keys, notice_id, form)
    media_type, make = documents.FORMS[form]
    return Response(
        await asyncio.to_thread(make, sheet),
        media_type=media_type,
        headers=documents.headers(f"notice-{notice_id}.{form}"),
    )


@router.post("/{notice_id}/withdraw", responses=responses(NoticeNotFound, NoticeOver))
async def withdraw_notice(notice_id: UUID, body: NoticeWithdrawal, session: Tx, principal: Writer) -> NoticeOut:
    """撤下公告 / Take a notice down."""
    return await service.withdraw(session, principal, notice_id, body)
