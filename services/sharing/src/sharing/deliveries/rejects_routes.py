"""Download of rejected rows, for the department that sent them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import IO, Annotated, Any, Literal
from uuid import UUID

import duckdb
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from contracts.vocabulary import FieldClass
from intake.declared import XLSX
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses
from sharing.catalogue.service import Dataset, dataset_of
from sharing.deliveries import export, problems, service, store
from sharing.deliveries.context import Intake, IntakeDep
from sharing.deliveries.rejects import RejectedRow, read_rejects
from sharing.deliveries.tables import Delivery, DeliveryPart
from sharing.deliveries.texts import NO, YES, error_of

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

_HEADER_SAMPLE = 200
_DUPLICATE_BATCH = 2_000
_PIECE_BYTES = 1 << 16

_MEDIA = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "xlsx": XLSX}


@router.get(
    "/{delivery_id}/rejects",
    response_class=StreamingResponse,
    responses=responses(problems.UnknownDelivery, problems.RejectsDeleted),
)
async def get_rejects(
    delivery_id: UUID,
    principal: Annotated[
        Principal,
        requires(
            "deliveries:read",
            purpose="更正不合格行 / correction of rejected rows by their sender",
            classes=(FieldClass.S3, FieldClass.S4),
        ),
    ],
    session: Tx,
    intake: IntakeDep,
    file_format: Annotated[Literal["ndjson", "csv", "xlsx"], Query(alias="format")] = "ndjson",
) -> StreamingResponse:
    """Download the rejected rows with line, field, code and message: NDJSON, CSV, or a workbook with an error column.

    They are kept encrypted and deleted after the policy profile's days. Duplicates of a committed delivery come
    last, without ID number and name, which are not kept of accepted rows.
    """
    delivery = await service.owned(session, principal, str(delivery_id))
    if delivery.rejects_deleted_at is not None:
        raise problems.RejectsDeleted("the rejected rows of this delivery were deleted")
    parts = await store.parts_of(session, delivery.id)
    dataset = dataset_of(delivery.dataset)

    def rows() -> Iterator[RejectedRow]:
        return _rejected_rows(intake, delivery, parts, dataset)

    body: Iterable[bytes] = await asyncio.to_thread(_body, dataset, rows, file_format)
    name = f"{delivery.dataset}-{delivery.period}-rejects.{file_format}"
    return StreamingResponse(
        body,  # a plain iterable: Starlette reads it in a thread
        media_type=_MEDIA[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _body(dataset: Dataset, rows: Any, file_format: str) -> Iterable[bytes]:
    if file_format == "ndjson":
        return (line.encode() for line in export.as_ndjson(rows()))
    iterator = rows()
    sample = list(islice(iterator, _HEADER_SAMPLE))
    header = export.header_of(dataset, sample)
    everything = chain(sample, iterator)
    if file_format == "csv":
        return (piece.encode() for piece in export.as_csv(everything, header))
    return _pieces(export.as_xlsx(everything, header))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _rejected_rows(
    intake: Intake, delivery: Delivery, parts: Sequence[DeliveryPart], dataset: Dataset
) -> Iterator[RejectedRow]:
    for part in parts:
        if part.rejects_path:
            yield from read_rejects(
                intake.lake.read(part.rejects_path),
                intake.tools.cipher,
                part.rejects_path,
                dataset=dataset,
                part=part.number,
            )
    if delivery.exclusion_path:
        yield from _duplicates(intake, delivery, parts, dataset)


def _duplicates(
    intake: Intake, delivery: Delivery, parts: Sequence[DeliveryPart], dataset: Dataset
) -> Iterator[RejectedRow]:
    """Give the rows that shared a key; without the delivery's rows only their places are left."""
    fault = (error_of(dataset, ",".join(dataset.key), "row.duplicate_key"),)
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as db:
        intake.lake.attach(db)
        exclusion = intake.lake.url_of(delivery.exclusion_path or "")
        if delivery.state != "committed" or delivery.rows_deleted_at is not None:
            query, names = "SELECT part_no, line_no FROM read_parquet($exclusion) ORDER BY ALL", []
            cursor = db.execute(query, {"exclusion": exclusion})
        else:
            names = [field.code for field in dataset.fields]
            columns = "".join(f', r."{name}"' for name in names)
            cursor = db.execute(
                f"SELECT part_no, line_no{columns} FROM read_parquet($exclusion) JOIN"
                " read_parquet($paths, hive_partitioning = false) r USING (part_no, line_no) ORDER BY part_no, line_no",
                {"exclusion": exclusion, "paths": [intake.lake.url_of(part.path) for part in parts if part.accepted]},
            )
        while batch := cursor.fetchmany(_DUPLICATE_BATCH):
            for part_no, line_no, *values in batch:
                row = {dataset.by_code[name].label: _shown(value) for name, value in zip(names, values, strict=True)}
                yield RejectedRow(part_no, line_no, fault, row)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return YES if value else NO
    return value.isoformat() if isinstance(value, date) else str(value)
