"""HTTP of areas."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from contracts.area_vocabulary import AreaTag
from contracts.vocabulary import FieldClass
from registry.areas import service, succession, tagging
from registry.areas.problems import (
    AreaNotEmpty,
    AreaNotFound,
    AreaTagged,
    SuccessionInvalid,
    TagInvalid,
    TagNotFound,
)
from registry.areas.schemas import AreaChangeIn, AreaChangesOut, AreaOut, AreaQuery, TagEnd, TagIn, TagsOut
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Page, encode_cursor, read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/areas", tags=["areas"])

changes_router = APIRouter(prefix="/v1/area-changes", tags=["areas"])

Reader = Annotated[Principal, requires("areas:read", purpose="查看行政区划 / read areas", classes=(FieldClass.S1,))]

Writer = Annotated[
    Principal, requires("areas:write", purpose="维护行政区划 / maintain areas", classes=(FieldClass.S1,))
]
Code = Annotated[str, Path(pattern=r"^[0-9]{12}$")]


@router.get("", responses=responses(OutsideArea))
async def list_areas(session: Tx, principal: Reader, query: Annotated[AreaQuery, Query()]) -> Page[AreaOut]:
    """区划 / List the areas directly below one, in a subtree, or all of the caller's; as they were on a day."""
    after = read_cursor(query.cursor, str)
    items, last = await service.page(session, principal, query, after[0] if after else "")
    return Page[AreaOut](items=items, next_cursor=encode_cursor([last]) if last else None)


@router.get("/{code}", responses=responses(AreaNotFound))
async def get_area(code: Code, session: Tx, principal: Reader) -> AreaOut:
    """Give an area."""
    return await service.show(session, principal, code)


@router.get("/{code}/tags", responses=responses(AreaNotFound))
async def list_area_tags(code: Code, session: Tx, principal: Reader) -> TagsOut:
    """区划标签 / List what an area was designated as, with days and documents."""
    return await tagging.tags(session, principal, code)


@router.post(
    "/{code}/tags",
    status_code=201,
    responses=responses(OutsideArea, AreaNotFound, TagInvalid, AreaTagged, KeyReused),
)
async def tag_area(
    code: Code, body: TagIn, session: Tx, principal: Writer, key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> TagsOut:  # fmt: skip
    """登记区划标签 / Say what an area was designated as: priority, demonstration, left poverty, ... (F-F24)."""

    async def create() -> TagsOut:
        return await tagging.give(session, principal, code, body)

    return await key.once(session, principal, f"POST /v1/areas/{code}/tags", body, create, TagsOut, response)


@router.post("/{code}/tags/{tag}/end", responses=responses(OutsideArea, TagNotFound, TagInvalid))
async def end_area_tag(code: Code, tag: AreaTag, body: TagEnd, session: Tx, principal: Writer) -> TagsOut:
    """结束区划标签 / Say the last day of a tag."""
    return await tagging.end(session, principal, code, tag, body)


@changes_router.get("")
async def list_area_changes(session: Tx, principal: Reader) -> AreaChangesOut:
    """区划变更记录 / Give what became of the caller's areas, newest first."""
    return await succession.page(session, principal)


@changes_router.post("", status_code=201, responses=responses(OutsideArea, SuccessionInvalid, AreaNotEmpty, KeyReused))
async def change_areas(
    body: AreaChangeIn,
    session: Tx,
    principal: Writer,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> AreaChangesOut:
    """区划撤并、拆分、变更代码 / Merge, split, renumber or close areas; households, clues and due dates go along."""

    async def create() -> AreaChangesOut:
        return await succession.change(session, principal, body)

    return await key.once(session, principal, "POST /v1/area-changes", body, create, AreaChangesOut, response)
