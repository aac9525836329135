"""HTTP of areas."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from contracts.vocabulary import FieldClass
from registry.areas import service, succession
from registry.areas.problems import AreaNotEmpty, AreaNotFound, SuccessionInvalid
from registry.areas.schemas import AreaChangeIn, AreaChangesOut, AreaOut
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Cursor, Limit, Page, encode_cursor, read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/areas", tags=["areas"])

changes_router = APIRouter(prefix="/v1/area-changes", tags=["areas"])

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


@changes_router.get("")
async def list_area_changes(session: Tx, principal: Reader) -> AreaChangesOut:
    """区划变更记录 / Give what became of the caller's areas, newest first."""
    return await succession.page(session, principal)


@changes_router.post("", status_code=201, responses=responses(OutsideArea, SuccessionInvalid, AreaNotEmpty, KeyReused))
async def change_areas(
    body: AreaChangeIn,
    session: Tx,
    principal: Annotated[
        Principal, requires("areas:write", purpose="维护行政区划 / maintain areas", classes=(FieldClass.S1,))
    ],
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> AreaChangesOut:
    """区划撤并、拆分、变更代码 / Merge, split, renumber or close areas; households, clues and due dates go along."""

    async def create() -> AreaChangesOut:
        return await succession.change(session, principal, body)

    return await key.once(session, principal, "POST /v1/area-changes", body, create, AreaChangesOut, response)
