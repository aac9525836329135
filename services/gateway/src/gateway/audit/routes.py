"""Reading the access audit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from contracts.vocabulary import FieldClass
from gateway.audit import service, store
from gateway.audit.schemas import AuditEntryOut, AuditQuery, SealOut
from gateway.request import entry_of
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.paging import Cursor, Limit, Page, encode_cursor, read_cursor
from servicekit.problems import Forbidden, InvalidInput, Unauthorized, responses

router = APIRouter(prefix="/v1/audit", tags=["audit 审计"])

Auditor = Annotated[
    Principal, requires("audit:read", purpose="个人信息访问审计 access audit", classes=(FieldClass.S2,))
]


def _position(cursor: str | None) -> int | None:
    read = read_cursor(cursor, int)
    return read[0] if read else None


@router.get(
    "", responses=responses(Unauthorized, Forbidden, InvalidInput),
)  # fmt: skip
async def read_audit(
    request: Request, session: Tx, principal: Auditor, query: Annotated[AuditQuery, Query()]
) -> Page[AuditEntryOut]:
    """Newest first. Reading the record is itself recorded."""
    conditions = query.model_dump(exclude={"cursor", "limit"}, exclude_none=True)
    rows = await store.find(session, principal, conditions, _position(query.cursor), query.limit + 1)
    await service.record_own(session, entry_of(request, principal, scope="audit:read", purpose="access audit"), 200)
    items = [AuditEntryOut.model_validate(dict(row)) for row in rows[: query.limit]]
    next_cursor = encode_cursor([rows[query.limit - 1]["position"]]) if len(rows) > query.limit else None
    return Page(items=items, next_cursor=next_cursor)


@router.get(
    "/seals", responses=responses(Unauthorized, Forbidden, InvalidInput),
)  # fmt: skip
async def read_seals(session: Tx, _: Auditor, cursor: Cursor = None, limit: Limit = 50) -> Page[SealOut]:
    """Newest first. Keep a head somewhere else, and nobody can cut the record off unseen."""
    before = _position(cursor)
    rows = await store.seals(session, before, limit + 1)
    next_cursor = encode_cursor([rows[limit - 1]["seq"]]) if len(rows) > limit else None
    return Page(items=[SealOut.model_validate(dict(row)) for row in rows[:limit]], next_cursor=next_cursor)
