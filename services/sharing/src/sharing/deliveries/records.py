"""Single-record push: a delivery of one row, compared at once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import FieldClass
from intake.ndjson import NdjsonReader, NdjsonRows
from intake.tables import plain_text
from intake.text import Chunk
from servicekit import clock
from servicekit.auth import AreaNeeded, OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Tx
from servicekit.failpoints import failpoint_async
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import responses
from sharing.catalogue.service import Dataset, UnknownDataset, dataset_of
from sharing.deliveries import committing, problems, rules, service
from sharing.deliveries.committing import Counts
from sharing.deliveries.context import Intake, IntakeDep
from sharing.deliveries.intake.checked import check_rows
from sharing.deliveries.intake.subjects import token_of
from sharing.deliveries.schemas import Receipt, RecordIn
from sharing.deliveries.tables import RecordRow
from sharing.deliveries.texts import error_of

router = APIRouter(prefix="/v1/datasets", tags=["deliveries"])


@router.post(
    "/{code}/records",
    status_code=201,
    response_model=Receipt,
    responses=responses(
        UnknownDataset, WrongDepartment, problems.RecordRejected, problems.PeriodClosed,
        problems.PeriodInFuture, AreaNeeded, OutsideArea, KeyReused,
    ),
)  # fmt: skip
async def push_record(
    code: str,
    body: RecordIn,
    principal: Annotated[
        Principal,
        requires(
            "deliveries:write",
            purpose="实时推送单条数据 / real-time push of a single record",
            classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
        ),
    ],
    session: Tx,
    intake: IntakeDep,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> Receipt:
    """Push one record in real time. It is durable on return; the household's comparison starts by itself."""
    dataset = dataset_of(code)

    async def create() -> Receipt:
        return await accept_record(session, intake, principal, dataset, body)

    # Only the payload's digest is remembered with the key: the record itself holds an ID number.
    digest = hashlib.sha256(f"{code}\n{body.model_dump_json()}".encode()).hexdigest()
    return await key.once(session, principal, "records.push", digest, create, Receipt, response)


async def accept_record(
    session: AsyncSession, intake: Intake, principal: Principal, dataset: Dataset, body: RecordIn
) -> Receipt:
    """Check, store and commit a record, and queue the comparison of its household, in one transaction.

    Raises:
        RecordRejected: if the record does not pass; `errors` point at its fields.
        AreaNeeded, OutsideArea: as `Principal.acting_area`.
    """
    row, as_of = await asyncio.to_thread(_check, intake, dataset, body, principal.acting_area(body.area_code))
    # Not where the person lives: an answer that depended on it would tell of every number whether it is registered.
    # A record about somebody of elsewhere is taken and has no effect (`comparison.linking`).
    area_code = principal.acting_area(body.area_code)
    delivery = await service.new_delivery(session, principal, dataset, body.period, area_code, intake.token_key_id)
    delivery.as_of = as_of
    receipt = await committing.seal(session, delivery, Counts(accepted=1))
    session.add(
        RecordRow(
            **delivery.model_dump(include={"dataset", "period", "area_code", "commit_seq"}),
            delivery_id=delivery.id,
            known_on=as_of or min(rules.last_day(body.period), clock.today()),
            **row,
        )
    )
    await session.flush()
    if dataset.is_of_persons:  # of others, the delivery starts a comparison of its area
        await intake.compare(session, [row["id_token"]], body.period)
    await failpoint_async("sharing.record_queued")
    return receipt


def _check(intake: Intake, dataset: Dataset, body: RecordIn, area_code: str) -> tuple[dict[str, Any], date | None]:
    """Give the row's tokens and fields as they are stored, and its own date.

    Raises:
        RecordRejected
    """
    line = json.dumps(body.record, ensure_ascii=False).encode("utf-8", "replace")
    read = NdjsonRows(NdjsonReader(dataset.layout), Chunk(1, line)).read()
    unknown = [key for key in body.record if dataset.layout.find(key) is None]
    if unknown:
        errors = [error_of(dataset, plain_text(key), "field.unknown", within="/record") for key in unknown]
        raise problems.RecordRejected("the record has fields that the dataset does not have", errors=errors)
    checked = check_rows(dataset, read, rules.last_day(body.period), area_code)
    for _, faults, _ in checked.rejected():
        errors = [error_of(dataset, *fault, within="/record") for fault in faults]
        raise problems.RecordRejected("the record is rejected", errors=errors)
    values = checked.values.row(0, named=True)
    fields = {code: str(value) if isinstance(value, date | Decimal) else value for code, value in values.items()}
    if not dataset.is_of_persons:
        token = token_of(dataset, values)
        return {"id_token": token, "person_token": token, "fields": fields}, checked.stated_as_of
    ((number18, name),) = zip(checked.number18, checked.name, strict=True)
    tokeniser = intake.tools.tokeniser
    tokens = {"id_token": tokeniser.id_token(number18), "person_token": tokeniser.person_token(number18, name)}
    return tokens | {"fields": fields}, checked.stated_as_of
