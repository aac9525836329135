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
from servicekit.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from servicekit.problems import Forbidden, InvalidInput, Unauthorized, responses

router = APIRouter(prefix="/v1/audit", tags=["audit 审计"])

Auditor = Annotated[
    Principal, requires("audit:read", purpose="个人信息访问审计 access audit", classes=(FieldClass.S2,))
]


def _position(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    value = decode_cursor(cursor, 1)[0]
    if not isinstance(value, int):
        raise InvalidInput("the cursor is not valid")
    return value


@router.get(
    "", responses=responses(Unauthorized, Forbidden, InvalidInput),
    summary="查询访问记录 / read the access record",
)  # fmt: skip
async def read_audit(
    request: Request, session: Tx, principal: Auditor, query: Annotated[AuditQuery, Query()]
) -> Page[AuditEntryOut]:
    """Newest first. Reading the record is itself recorded."""
    conditions = query.model_dump(exclude={"cursor", "limit"}, exclude_none=True)
    rows = await store.find(session, conditions, _position(query.cursor), query.limit + 1)
    await service.record_own(session, entry_of(request, principal, scope="audit:read", purpose="access audit"), 200)
    items = [AuditEntryOut.model_validate(dict(row)) for row in rows[: query.limit]]
    next_cursor = encode_cursor([rows[query.limit - 1]["position"]]) if len(rows) > query.limit else None
    return Page(items=items, next_cursor=next_cursor)


@router.get(
    "/seals", responses=responses(Unauthorized, Forbidden, InvalidInput),
    summary="查询封存链 / read the chain of seals",
)  # fmt: skip
async def read_seals(session: Tx, _: Auditor, cursor: Cursor = None, limit: Limit = 50) -> Page[SealOut]:
    """Newest first. Keep a head somewhere else, and nobody can cut the record off unseen."""
    before = _position(cursor)
    rows = await store.seals(session, before, limit + 1)
    next_cursor = encode_cursor([rows[limit - 1]["seq"]]) if len(rows) > limit else None
    return Page(items=[SealOut.model_validate(dict(row)) for row in rows[:limit]], next_cursor=next_cursor)
