"""HTTP of areas."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from contracts.vocabulary import FieldClass
from registry.areas import service
from registry.areas.problems import AreaNotFound
from registry.areas.schemas import AreaOut
from registry.wire import read_cursor
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.paging import Cursor, Limit, Page, encode_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/areas", tags=["areas"])

Reader = Annotated[Principal, requires("areas:read", purpose="查看行政区划 / read areas", classes=(FieldClass.S1,))]


@router.get("")
async def list_areas(
    session: Tx,
    principal: Reader,
    parent: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Page[AreaOut]:
    """List the areas directly below one, or all of the caller's areas, by code."""
    after = read_cursor(cursor, str)
    items, last = await service.page(session, principal, parent, after=after[0] if after else "", limit=limit)
    return Page[AreaOut](items=items, next_cursor=encode_cursor([last]) if last else None)


@router.get("/{code}", responses=responses(AreaNotFound))
async def get_area(code: Annotated[str, Path(pattern=r"^[0-9]{12}$")], session: Tx, principal: Reader) -> AreaOut:
    """Give an area."""
    return await service.show(session, principal, code)
