"""HTTP of conflicts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.fields import HOUSEHOLD, PERSON, classes
from registry.conflicts import service
from registry.conflicts.schemas import ConflictPage, ConflictQuery, ConflictRow
from registry.households import service as households
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(tags=["conflicts"])

Reader = Annotated[
    Principal,
    requires(households.READ, purpose="查看待处理冲突 / read what is contested", classes=classes(HOUSEHOLD, PERSON)),
]


@router.get("/v1/conflicts", responses=responses(OutsideArea))
async def list_conflicts(database: Db, principal: Reader, query: Annotated[ConflictQuery, Query()]) -> ConflictPage:
    """待处理冲突 / What came too late or contradicts another request, until it is decided anew or settled."""
    async with database.transaction() as session:
        items, total, cursor = await service.page(session, principal, query, read_cursor(query.cursor, UUID))
    titles = await households.titles_of(database, principal, items)
    return ConflictPage(items=titles.on(items, ConflictRow), titles=titles.state, total=total, next_cursor=cursor)
