"""HTTP edge of deliveries."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from contracts.vocabulary import FieldClass
from intake.declared import OPENAPI_BODY, Declared
from intake.receiving import Envelope, problems_of, refusals_as
from servicekit.auth import AreaNeeded, OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Database, Tx
from servicekit.etags import etag_of
from servicekit.failpoints import failpoint_async
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Page
from servicekit.problems import responses
from sharing.catalogue.service import UnknownDataset, dataset_of
from sharing.deliveries import committing, problems, service, store, uploads
from sharing.deliveries.context import IntakeDep
from sharing.deliveries.schemas import (
    CommitIn,
    DeliveryIn,
    DeliveryOut,
    DeliveryQuery,
    NilIn,
    PartHeaders,
    PartOut,
    Receipt,
)

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

_PURPOSE = "防止返贫监测部门数据报送 / monthly department data for monitoring"
Writer = Annotated[
    Principal, requires("deliveries:write", purpose=_PURPOSE, classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4))
]
Reader = Annotated[Principal, requires("deliveries:read", purpose=_PURPOSE, classes=(FieldClass.S2,))]


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(_database)]
PartNumber = Annotated[int, Path(ge=1, le=100_000)]


@router.post(
    "",
    status_code=201,
    response_model=DeliveryOut,
    responses=responses(
        UnknownDataset,
        WrongDepartment,
        OutsideArea,
        AreaNeeded,
        problems.ModeUnsupported,
        problems.CorrectsNothing,
        problems.PeriodClosed,
        problems.PeriodInFuture,
        KeyReused,
    ),
)
async def open_delivery(
    body: DeliveryIn,
    principal: Writer,
    session: Tx,
    intake: IntakeDep,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> DeliveryOut:
    """Open a delivery for a dataset of your department and a period; then upload parts and commit."""

    async def create() -> DeliveryOut:
        return await service.open_delivery(session, principal, intake, body)

    result = await key.once(session, principal, "deliveries.open", body, create, DeliveryOut, response)
    response.headers["Location"] = f"/v1/deliveries/{result.id}"
    return result


@router.post(
    "/nil",
    status_code=201,
    response_model=Receipt,
    responses=responses(
        UnknownDataset,
        WrongDepartment,
        OutsideArea,
        AreaNeeded,
        problems.PeriodClosed,
        problems.PeriodInFuture,
        problems.NilNotAllowed,
    ),
)  # fmt: skip
async def declare_nil(
    body: NilIn,
    principal: Writer,
    session: Tx,
    intake: IntakeDep,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> Receipt:
    """Declare that there is nothing to deliver for the period (零报告); committed at once."""

    async def create() -> Receipt:
        return await committing.declare_nil(session, principal, intake, body)

    return await key.once(session, principal, "deliveries.nil", body, create, Receipt, response)


@router.put(
    "/{delivery_id}/parts/{number}",
    response_model=PartOut,
    responses=responses(
        problems.UnknownDelivery,
        problems.DeliveryNotOpen,
        problems.PartConflict,
        problems.MixedCorrection,
        problems.CorrectsNothing,
        *problems_of(problems.PART).values(),
    ),
    openapi_extra=OPENAPI_BODY,
)
async def put_part(
    delivery_id: UUID,
    number: PartNumber,
    request: Request,
    principal: Writer,
    database: DatabaseDep,
    intake: IntakeDep,
    headers: Annotated[PartHeaders, Header()],
) -> PartOut:
    """Upload a part: NDJSON, CSV, XLSX or XLS, plain, gzip or zstd. Rejected rows are counted and can be downloaded.

    The same bytes again give the same answer, so an interrupted upload is simply repeated.
    """
    with refusals_as(problems.PART):
        declared = Declared.of(headers.content_type, headers.content_encoding)
        envelope = Envelope.of(request.headers.get("content-length"), headers.content_digest)
    upload = uploads.Upload(str(delivery_id), number, declared, envelope, request.stream())
    return await uploads.receive_part(database, intake, principal, upload)


@router.post(
    "/{delivery_id}/commit",
    response_model=Receipt,
    responses=responses(
        problems.UnknownDelivery, problems.DeliveryNotOpen, problems.MissingPart, problems.RowsRejected,
        problems.PeriodClosed, problems.CorrectsNothing,
    ),
)  # fmt: skip
async def commit_delivery(
    delivery_id: UUID, body: CommitIn, principal: Writer, database: DatabaseDep, intake: IntakeDep
) -> Receipt:
    """Commit: all accepted rows count from now on, or none. Repeating a commit gives the same receipt.

    A full list that lost, or whose rows were refused, beyond what the policy profile takes for plausible is held: the
    one before stays effective until the department or the bureau releases or withdraws it.
    """
    receipt = await committing.commit_delivery(database, intake, principal, str(delivery_id), body)
    await failpoint_async("sharing.receipt_written")
    return receipt


@router.delete(
    "/{delivery_id}", status_code=204, responses=responses(problems.UnknownDelivery, problems.DeliveryNotOpen)
)
async def abandon_delivery(delivery_id: UUID, principal: Writer, database: DatabaseDep, intake: IntakeDep) -> Response:
    """Give an open delivery up; its parts and rejected rows are deleted."""
    async with database.transaction() as session:
        delivery = await service.owned(session, principal, str(delivery_id), lock=True)
        paths = await service.abandon(session, delivery)
    await failpoint_async("sharing.delivery_abandoned")
    await asyncio.to_thread(intake.lake.delete, paths)
    return Response(status_code=204)


@router.get("/{delivery_id}", response_model=DeliveryOut, responses=responses(problems.UnknownDelivery))
async def get_delivery(delivery_id: UUID, principal: Reader, session: Tx, response: Response) -> DeliveryOut:
    """Give a delivery with its parts, and its receipt once it is committed."""
    delivery = await service.readable(session, principal, str(delivery_id))
    response.headers["ETag"] = etag_of(delivery.version)
    shown = service.delivery_out(delivery, await store.parts_of(session, delivery.id))
    return await service.with_refused(session, shown)


@router.get("", response_model=Page[DeliveryOut], responses=responses(UnknownDataset))
async def list_deliveries(
    principal: Reader,
    session: Tx,
    wanted: Annotated[DeliveryQuery, Query()],
) -> Page[DeliveryOut]:
    """List deliveries, newest first: your department's, or your area's for clients without a department."""
    if wanted.dataset is not None:
        dataset_of(wanted.dataset)
    return await service.list_page(session, principal, wanted)
