"""HTTP of imports: the same routes for every kind of file that the registry takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from contracts.vocabulary import FieldClass
from intake.declared import OPENAPI_BODY
from intake.receiving import Envelope, problems_of, refusals_as
from registry.imports import service, spool
from registry.imports.problems import IMPORT, ImportNotFound, ImportNotOpen, PartConflict, PartMissing
from registry.imports.schemas import BodyHeaders, CommitIn, ImportOut, PartOut
from registry.imports.service import Kind, Receiver
from servicekit.auth import Principal, requires
from servicekit.db import Database, Db, Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import responses

_LOOK_S = 0.1
_USUAL_S = 10.0  # most files are carried out by then, and who sent one need not ask again

Wait = Annotated[float, Query(ge=0, le=60, description="answer once it is over, or after this long; seconds")]
ContentDigest = Annotated[str | None, Header(description="RFC 9530: sha-256=:<base64>:")]
_REFUSALS = tuple(problems_of(IMPORT).values())


@dataclass
class Asked:
    """How a file is sent, and how long its sender waits for what becomes of it."""

    in_parts: Annotated[bool, Query(description="201: only begin; the parts come next, then the commit")] = False
    wait_s: Wait = _USUAL_S


def router_of(kind: Kind, prefix: str, tag: str, allowed: Any) -> APIRouter:
    """Give the routes of one kind of import below `prefix`.

    Args:
        allowed: What `requires` gives; a default and no annotation, because those are looked up in the module.
    """
    router = APIRouter(prefix=prefix, tags=[tag])

    @router.post(
        "", status_code=202,
        responses=responses(*_REFUSALS, KeyReused) | {200: {"model": ImportOut}, 201: {"model": ImportOut}},
        openapi_extra=OPENAPI_BODY,
    )  # fmt: skip
    async def begin_import(
        request: Request,
        response: Response,
        database: Db,
        key: Annotated[IdempotencyKey, Depends()],
        headers: Annotated[BodyHeaders, Header()],
        asked: Annotated[Asked, Depends()],
        principal: Principal = allowed,
    ) -> ImportOut:
        """Import a file: 200 says that it was carried out, 202 that it is durable and will be; `Location` says how far.

        A file may come in one piece, or in parts (`in_parts=true`) that are sent again if the network breaks.
        """
        declared = headers.content_type or "", headers.content_encoding or ""
        with refusals_as(IMPORT):
            envelope = Envelope.of(request.headers.get("content-length"), headers.content_digest)
        async with database.transaction() as session:
            import_id = await service.open_import(session, principal, kind, *declared)
            if asked.in_parts:
                response.status_code = 201
                response.headers["Location"] = f"{prefix}/{import_id}"
                return await service.progress_of(session, principal, import_id)
        try:
            part = await _receiver(request).take(principal, import_id, 1, envelope, request.stream())
            async with database.transaction() as session:

                async def accept() -> ImportOut:
                    return await service.commit(session, principal, import_id, 1)

                payload = "\n".join((kind, *declared, part.sha256))
                answer = await key.once(session, principal, f"imports.{kind}", payload, accept, ImportOut, response)
        except BaseException:
            await asyncio.shield(spool.drop_import(database, import_id))
            raise
        if answer.import_id != import_id:  # the key had been used: what came now is not needed
            await spool.drop_import(database, import_id)
        response.headers["Location"] = f"{prefix}/{answer.import_id}"
        answer = await _over(database, principal, answer.import_id, asked.wait_s)
        if answer.state == "done":
            response.status_code = 200
        return answer

    @router.put(
        "/{import_id}/parts/{number}",
        responses=responses(ImportNotFound, ImportNotOpen, PartConflict, *_REFUSALS),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def put_import_part(
        import_id: UUID,
        number: Annotated[int, Path(ge=1, le=10_000)],
        request: Request,
        principal: Principal = allowed,
        content_digest: ContentDigest = None,
    ) -> PartOut:
        """Send a piece of the file's bytes; the file is all parts in the order of their numbers.

        The same bytes again give the same answer, so an interrupted upload is simply repeated.
        """
        with refusals_as(IMPORT):
            envelope = Envelope.of(request.headers.get("content-length"), content_digest)
        return await _receiver(request).take(principal, str(import_id), number, envelope, request.stream())

    @router.post("/{import_id}/commit", status_code=202, responses=responses(ImportNotFound, PartMissing))
    async def commit_import(
        import_id: UUID, body: CommitIn, response: Response, session: Tx, principal: Principal = allowed
    ) -> ImportOut:
        """Say that all parts were sent: the import is durable and will be carried out. May be repeated."""
        response.headers["Location"] = f"{prefix}/{import_id}"
        return await service.commit(session, principal, str(import_id), body.part_count)

    @router.get("/{import_id}", responses=responses(ImportNotFound))
    async def get_import(import_id: UUID, database: Db, principal: Principal = allowed, wait_s: Wait = 0) -> ImportOut:
        """Tell how far an import is and, once it is over, what became of it."""
        return await _over(database, principal, str(import_id), wait_s)

    @router.get(
        "/{import_id}/rejects",
        responses=responses(ImportNotFound)
        | {200: {"description": "one reject a line", "content": {"application/x-ndjson": {}, "text/csv": {}}}},
        response_class=StreamingResponse,
    )
    async def get_import_rejects(
        import_id: UUID,
        database: Db,
        principal: Principal = allowed,
        format: Annotated[Literal["ndjson", "csv"], Query(description="ndjson or csv")] = "ndjson",  # noqa: A002
    ) -> StreamingResponse:
        """Download what was rejected and why, in the order of the file, streamed."""
        async with database.transaction() as session:
            await service.find(session, principal, str(import_id))

        async def lines() -> AsyncIterator[bytes]:
            async with database.transaction() as session:
                async for line in service.reject_lines(session, str(import_id), is_csv=format == "csv"):
                    yield line

        media_type = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
        return StreamingResponse(lines(), media_type=media_type)

    return router


async def _over(database: Database, principal: Principal, import_id: str, wait_s: float) -> ImportOut:
    """Give an import once it is over, or as it is after `wait_s`; no transaction is open while it is waited for."""
    until = time.monotonic() + wait_s
    while True:
        async with database.transaction() as session:
            answer = await service.progress_of(session, principal, import_id)
        if answer.state in ("open", "done", "failed") or time.monotonic() >= until:
            return answer
        await asyncio.sleep(_LOOK_S)


def _receiver(request: Request) -> Receiver:
    database: Database = request.app.state.database
    return Receiver(database, request.app.state.keys, request.app.state.settings)


router = router_of(
    "households",
    "/v1/imports",
    "imports",
    requires(
        "households:import",
        purpose="批量导入户与人员 / bulk import of households",
        classes=(FieldClass.S3, FieldClass.S4),
    ),
)
reconciliation_router = router_of(
    "reconciliation",
    "/v1/reconciliations/import",
    "reconciliation",
    requires(
        "households:import",
        purpose="导入国家系统导出文件以对账 / import of an export of the national system, to compare",
        classes=(FieldClass.S3, FieldClass.S4),
    ),
)
areas_router = router_of(
    "areas",
    "/v1/areas/import",
    "areas",
    requires("areas:write", purpose="维护行政区划 / maintain areas", classes=(FieldClass.S1,)),
)
staff_router = router_of(
    "staff",
    "/v1/staff/import",
    "staff",
    requires(
        "staff:write",
        purpose="批量导入人员与任职 / bulk import of the roster",
        classes=(FieldClass.S2, FieldClass.S3),
    ),
)
