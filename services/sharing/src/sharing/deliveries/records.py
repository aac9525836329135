"""Single-record push: a delivery of one row, compared at once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, WrongDepartment, requires
from servicekit.db import Tx
from servicekit.failpoints import failpoint_async
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.ids import new_id
from servicekit.problems import FieldError, responses
from sharing.comparison.service import enqueue_households
from sharing.datasets.catalogue import dataset_of
from sharing.datasets.declaration import Dataset
from sharing.datasets.problems import UnknownDataset
from sharing.deliveries import problems, rules, service
from sharing.deliveries.context import Intake, IntakeDep
from sharing.deliveries.intake.part import PartIntake, PartSummary, Place
from sharing.deliveries.rejects import message_of, read_rejects
from sharing.deliveries.schemas import Receipt, RecordIn
from sharing.deliveries.tables import DeliveryPart

router = APIRouter(prefix="/v1/datasets", tags=["deliveries"])


class RecordReceipt(Receipt):
    """Receipt of a pushed record."""

    warnings: list[str] = Field(default=[], description="names in the record that the dataset does not have")


@router.post(
    "/{code}/records",
    status_code=201,
    response_model=RecordReceipt,
    responses=responses(
        UnknownDataset, WrongDepartment, problems.RecordRejected, problems.PeriodClosed,
        problems.PeriodInFuture, KeyReused,
    ),
)  # fmt: skip
async def push_record(
    code: str,
    body: RecordIn,
    principal: Annotated[
        Principal,
        Depends(
            requires(
                "deliveries:write",
                purpose="实时推送单条数据 / real-time push of a single record",
                classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
            )
        ),
    ],
    session: Tx,
    intake: IntakeDep,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> RecordReceipt:
    """Push one record in real time. It is durable on return; the household's comparison starts by itself."""
    dataset = dataset_of(code)

    async def create() -> RecordReceipt:
        return await accept_record(session, intake, principal, dataset, body)

    # Only the payload's digest is remembered with the key: the record itself holds an ID number.
    digest = hashlib.sha256(f"{code}\n{body.model_dump_json()}".encode()).hexdigest()
    return await key.once(session, principal, "records.push", digest, create, RecordReceipt, response)


async def accept_record(
    session: AsyncSession, intake: Intake, principal: Principal, dataset: Dataset, body: RecordIn
) -> RecordReceipt:
    """Check, store and commit a record, and queue the comparison of its household, in one transaction.

    Raises:
        RecordRejected: if the record does not pass; `errors` point at its fields.
    """
    delivery = await service.new_delivery(session, principal, dataset, body.period, kind="record")
    upload_id = new_id()
    folder = service.folder_of(delivery)
    place = Place(1, upload_id, f"{folder}/part-00001-{upload_id}.parquet", f"{folder}/rejects-{upload_id}.sealed")
    line = json.dumps(body.record, ensure_ascii=False).encode("utf-8", "replace")
    part = PartIntake(
        dataset, file_format="record", charset="utf-8", place=place, default_as_of=rules.last_day(body.period),
        tools=intake.tools,
    )  # fmt: skip
    try:
        summary, tokens = await asyncio.to_thread(_take, intake, part, place, dataset, line)
    finally:
        await asyncio.shield(asyncio.to_thread(part.discard))
    session.add(delivery)
    await session.flush()
    session.add(
        DeliveryPart(
            delivery_id=delivery.id,
            number=1,
            sha256=hashlib.sha256(line).hexdigest(),
            size_bytes=len(line),
            format="record",
            rows=1,
            accepted=1,
            rejected=0,
            reject_counts={},
            warnings=summary.warnings,
            path=place.rows_path,
            received_at=delivery.opened_at,
        )
    )
    await session.flush()
    receipt = await service.seal(session, delivery, parts=1, accepted=1, rejected=0, duplicates=0)
    await enqueue_households(session, tokens, body.period)
    await failpoint_async("sharing.record_queued")
    return RecordReceipt(**receipt.model_dump(), warnings=[entry["column"] for entry in summary.warnings])


def _take(
    intake: Intake, part: PartIntake, place: Place, dataset: Dataset, line: bytes
) -> tuple[PartSummary, list[str]]:
    part.feed(line)
    summary = part.finish()
    if summary.rejected:
        raise problems.RecordRejected("the record is rejected", errors=_errors(intake, part, place, dataset))
    part.publish()
    return summary, part.id_tokens


def _errors(intake: Intake, part: PartIntake, place: Place, dataset: Dataset) -> list[FieldError]:
    with part.rejects_file.open(encoding="ascii") as blocks:
        row = next(read_rejects(blocks, intake.tools.cipher, place.rejects_path, place.part_no))
    return [
        FieldError(
            pointer=f"/record/{fault.field}" if fault.field else "/record",
            code=fault.code,
            detail=message_of(dataset, fault),
        )
        for fault in row.faults
    ]
