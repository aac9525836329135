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
from sharing.catalogue.service import ID_NO, NAME, Dataset, dataset_of
from sharing.deliveries import export, problems, service, store
from sharing.deliveries.context import Intake, IntakeDep
from sharing.deliveries.duplicates import CONTRADICTS
from sharing.deliveries.identities import kept
from sharing.deliveries.rejects import RejectedRow, read_rejects
from sharing.deliveries.tables import Delivery, DeliveryPart
from sharing.deliveries.texts import NO, YES, error_of
from sharing.sources import LEFT_OUT

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

_HEADER_SAMPLE = 200
_DUPLICATE_BATCH = 2_000
_PIECE_BYTES = 1 << 16
_IDENTITY = (ID_NO.label, NAME.label)

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

    CSV and workbook can be mended and sent back as they are: they say which delivery they correct (更正批次), and the
    mended rows join its month. They are kept encrypted and deleted after the policy profile's days. Rows that cannot
    count beside others of a committed delivery come last.
    """
    delivery = await service.owned(session, principal, str(delivery_id))
    if delivery.rejects_deleted_at is not None:
        raise problems.RejectsDeleted("the rejected rows of this delivery were deleted")
    parts = await store.parts_of(session, delivery.id)
    dataset = dataset_of(delivery.dataset)

    def rows() -> Iterator[RejectedRow]:
        return _rejected_rows(intake, delivery, parts, dataset)

    body: Iterable[bytes] = await asyncio.to_thread(_body, delivery.id, dataset, rows, file_format)
    name = f"{delivery.dataset}-{delivery.period}-rejects.{file_format}"
    return StreamingResponse(
        body,  # a plain iterable: Starlette reads it in a thread
        media_type=_MEDIA[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _body(delivery_id: str, dataset: Dataset, rows: Any, file_format: str) -> Iterable[bytes]:
    if file_format == "ndjson":
        return (line.encode() for line in export.as_ndjson(rows()))
    iterator = rows()
    sample = list(islice(iterator, _HEADER_SAMPLE))
    sheet = export.Sheet(dataset, delivery_id, export.header_of(dataset, sample))
    everything = chain(sample, iterator)
    if file_format == "csv":
        return (piece.encode() for piece in export.as_csv(everything, sheet))
    return _pieces(export.as_xlsx(everything, sheet))


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
        yield from _left_out(intake, delivery, parts, dataset)


def _left_out(
    intake: Intake, delivery: Delivery, parts: Sequence[DeliveryPart], dataset: Dataset
) -> Iterator[RejectedRow]:
    """Give the rows that contradict each other; without the delivery's rows only their places are left.

    Rows about persons who are registered outside the area are told in numbers only (`rows_rejected`): which ones they
    are would tell of any number in a list that it is registered.
    """
    fault = (error_of(dataset, ",".join(dataset.key), "row.duplicate_key"),)
    who = kept(intake.lake, intake.tools.cipher, delivery.identities_path)
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as db:
        intake.lake.attach(db)
        paths = [intake.lake.url_of(part.path) for part in parts if part.accepted]
        names = [field.code for field in dataset.fields]
        values: dict[str, Any] = {"exclusion": intake.lake.url_of(delivery.exclusion_path or "")}
        listed = f"SELECT part_no, line_no FROM {LEFT_OUT} WHERE coalesce(reason, '{CONTRADICTS}') = '{CONTRADICTS}'"
        if delivery.state not in ("held", "committed") or delivery.rows_deleted_at is not None:
            names, query = [], f"{listed} ORDER BY part_no, line_no"
        else:
            columns = "".join(f', r."{name}"' for name in names)
            values["paths"] = paths
            query = (
                f"SELECT part_no, line_no{columns} FROM ({listed}) JOIN"
                " read_parquet($paths, hive_partitioning = false) r USING (part_no, line_no) ORDER BY part_no, line_no"
            )
        cursor = db.execute(query, values)
        while batch := cursor.fetchmany(_DUPLICATE_BATCH):
            for part_no, line_no, *cells in batch:
                identity = _IDENTITY if dataset.is_of_persons else ()
                row: dict[str, Any] = dict(zip(identity, who.get((part_no, line_no), ()), strict=False))
                for name, cell in zip(names, cells, strict=True):
                    row[dataset.by_code[name].label] = _shown(cell)
                yield RejectedRow(part_no, line_no, fault, row)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return YES if value else NO
    return value.isoformat() if isinstance(value, date) else str(value)
