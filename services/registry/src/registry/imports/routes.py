"""HTTP of imports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from contracts.vocabulary import FieldClass
from registry.imports import service
from registry.imports.problems import (
    BodyBroken,
    BodyTooLarge,
    DecompressionBomb,
    ImportNotFound,
    LineTooLong,
    UnsupportedFormat,
    UploadStalled,
    WorkbookUnreadable,
    WrongColumns,
    WrongEncoding,
)
from registry.imports.schemas import ImportOut
from registry.settings import IdentityKeys, RegistrySettings
from servicekit.auth import Principal, requires
from servicekit.db import Database, Tx
from servicekit.problems import responses

router = APIRouter(prefix="/v1/imports", tags=["imports"])

Importer = Annotated[
    Principal,
    requires(
        "households:import",
        purpose="批量导入户与人员 / bulk import of households",
        classes=(FieldClass.S3, FieldClass.S4),
    ),
]

_BODY = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    responses=responses(
        UnsupportedFormat,
        BodyTooLarge,
        DecompressionBomb,
        LineTooLong,
        BodyBroken,
        WrongEncoding,
        WrongColumns,
        WorkbookUnreadable,
        UploadStalled,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "NDJSON (one household a line), CSV or XLSX (one row a person), plain or gzip or zstd",
            "content": {"application/x-ndjson": _BODY, "text/csv": _BODY, service.XLSX: _BODY},
        }
    },
)
async def import_households(request: Request, principal: Importer) -> ImportOut:
    """Import households with members and incomes, streamed; upserts by 户编号.

    A household with anything wrong is rejected whole and comes back with line, field, code and message. The same
    file again changes nothing. The receipt is durable when it arrives.
    """
    keys: IdentityKeys = request.app.state.keys
    settings: RegistrySettings = request.app.state.settings
    database: Database = request.app.state.database
    declared = service.Declared.of(request.headers.get("content-type", ""), request.headers.get("content-encoding", ""))
    # Not a `Tx`: the transaction begins when the body is about to be read, and ends before the response.
    async with database.transaction() as session:
        return await service.run(session, principal, keys, settings, declared, _body(request))


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for data in request.stream():
            yield data
    except ClientDisconnect as error:
        raise UploadStalled("the client went away in the middle of its upload") from error


@router.get("/{import_id}", responses=responses(ImportNotFound))
async def get_import(import_id: UUID, session: Tx, principal: Importer) -> ImportOut:
    """Give the receipt of an import again."""
    return await service.receipt_of(session, principal, str(import_id))


@router.get(
    "/{import_id}/rejects",
    responses=responses(ImportNotFound)
    | {200: {"description": "one reject a line", "content": {"application/x-ndjson": {}, "text/csv": {}}}},
    response_class=StreamingResponse,
)
async def get_rejects(
    import_id: UUID,
    request: Request,
    principal: Importer,
    format: Annotated[Literal["ndjson", "csv"], Query(description="ndjson or csv")] = "ndjson",  # noqa: A002
) -> StreamingResponse:
    """Download what was rejected and why, in the order of the file, streamed."""
    database: Database = request.app.state.database
    async with database.transaction() as session:
        await service.receipt_of(session, principal, str(import_id))

    async def lines() -> AsyncIterator[bytes]:
        async with database.transaction() as session:
            async for line in service.reject_lines(session, str(import_id), is_csv=format == "csv"):
                yield line

    media_type = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
    return StreamingResponse(lines(), media_type=media_type)
