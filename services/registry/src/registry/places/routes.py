"""HTTP of groups, grids and sites."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from registry.places import service
from registry.places.problems import PlaceNotEmpty, PlaceNotFound, PlacesInvalid, PlaceTaken
from registry.places.schemas import (
    PlaceOut,
    PlacePage,
    PlacePatch,
    PlaceQuery,
    PlacesIn,
    PlacesOut,
    UnlistedPage,
    UnlistedQuery,
)
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(prefix="/v1/places", tags=["areas"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal,
    requires("areas:read", purpose="查看村民小组、网格、安置点 / read groups, grids, sites", classes=_CLASSES),
]
Writer = Annotated[
    Principal,
    requires("areas:write", purpose="维护村民小组、网格、安置点 / maintain groups, grids, sites", classes=_CLASSES),
]


@router.get("", responses=responses(OutsideArea))
async def list_places(session: Tx, principal: Reader, query: Annotated[PlaceQuery, Query()]) -> PlacePage:
    """村民小组、网格、安置点 / List groups, grids and sites of the caller's areas, with who is there (F-D05, F-D08)."""
    return await service.page(session, principal, query, read_cursor(query.cursor, str, str, UUID))


@router.get("/unlisted", responses=responses(OutsideArea))
async def list_unlisted_names(session: Tx, principal: Reader, query: Annotated[UnlistedQuery, Query()]) -> UnlistedPage:
    """未登记的名称 / List the names that households write and no group, grid or site has."""
    return await service.unlisted(session, principal, query, read_cursor(query.cursor, str, str))


@router.post("", status_code=201, responses=responses(OutsideArea, PlacesInvalid, PlaceTaken, KeyReused))
async def register_places(
    body: PlacesIn,
    session: Tx,
    principal: Writer,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> PlacesOut:
    """登记村民小组、网格、安置点 / Register groups, grids and sites, up to 500: all of them or none."""

    async def create() -> PlacesOut:
        return await service.register(session, principal, body)

    return await key.once(session, principal, "POST /v1/places", body, create, PlacesOut, response)


@router.get("/{place_id}", responses=responses(PlaceNotFound))
async def get_place(place_id: UUID, session: Tx, principal: Reader, response: Response) -> PlaceOut:
    """查询村民小组、网格或安置点 / Give a group, a grid or a site."""
    place = await service.show(session, principal, place_id)
    response.headers["ETag"] = etag_of(place.version)
    return place


@router.patch(
    "/{place_id}",
    responses=responses(
        PlaceNotFound, PlacesInvalid, PlaceTaken, PlaceNotEmpty, PreconditionRequired, PreconditionFailed
    ),
)
async def change_place(
    place_id: UUID,
    body: PlacePatch,
    session: Tx,
    principal: Writer,
    response: Response,
    if_match: Annotated[str | None, Header(alias="If-Match", description="ETag of the object as you read it")] = None,
) -> PlaceOut:
    """变更村民小组、网格或安置点 / Change what is known of a group, a grid or a site, or end it."""
    place = await service.patch(session, principal, place_id, body, if_match)
    response.headers["ETag"] = etag_of(place.version)
    return place
