"""HTTP of areas."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from contracts.vocabulary import FieldClass
from registry.areas import service
from registry.areas.problems import AreaNotFound, AreasInvalid
from registry.areas.schemas import AreaOut, AreasImported
from registry.imports.inflate import GuardedInflater
from registry.imports.problems import BodyTooLarge, UnsupportedFormat, WrongEncoding
from registry.imports.service import Declared
from registry.wire import read_cursor
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.paging import Cursor, Limit, Page, encode_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/areas", tags=["areas"])

Reader = Annotated[Principal, requires("areas:read", purpose="查看行政区划 / read areas", classes=(FieldClass.S1,))]
_BODY = {"schema": {"type": "string"}}
_MAX_BYTES = 128 * 1024 * 1024  # a whole country's villages


@router.post(
    "/import",
    responses=responses(AreasInvalid, WrongEncoding, UnsupportedFormat, BodyTooLarge),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "CSV with code,name,parent_code,valid_from[,valid_to], or NDJSON with the same names",
            "content": {"text/csv": _BODY, "application/x-ndjson": _BODY},
        }
    },
)
async def import_areas(
    request: Request,
    session: Tx,
    principal: Annotated[
        Principal, requires("areas:write", purpose="维护行政区划 / maintain areas", classes=(FieldClass.S1,))
    ],
) -> AreasImported:
    """Import the area tree of the caller's areas; all of the file or nothing. The same file again changes nothing."""
    declared = Declared.of(request.headers.get("content-type", ""), request.headers.get("content-encoding", ""))
    if declared.format == "xlsx":
        raise UnsupportedFormat("areas come as CSV or NDJSON")
    inflater = GuardedInflater(declared.encoding, max_bytes=_MAX_BYTES, max_plain_bytes=4 * _MAX_BYTES, max_ratio=200)

    async def plain() -> AsyncIterator[bytes]:
        async for data in request.stream():
            for piece in inflater.feed(data):
                yield piece
        inflater.finish()

    return await service.import_areas(
        session, principal, plain(), is_csv=declared.format == "csv", charset=declared.charset
    )


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
