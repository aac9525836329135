"""Receiving a part: streamed, hashed, checked and stored, without a transaction open while bytes arrive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from intake.declared import Declared
from intake.receiving import Envelope, Received, receive, refusals_as
from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from sharing.catalogue.service import dataset_of
from sharing.deliveries import rules, service, store
from sharing.deliveries.context import Intake
from sharing.deliveries.intake.part import PartIntake, PartSummary, Place
from sharing.deliveries.problems import PART, DeliveryNotOpen, PartConflict, UnknownDelivery
from sharing.deliveries.schemas import PartOut
from sharing.deliveries.tables import Delivery, DeliveryPart

log = structlog.get_logger(__name__)

rows_total = Counter("bangfu_sharing_rows_total", "Rows of parts that were taken", ["dataset", "outcome"])
bytes_total = Counter("bangfu_sharing_part_bytes_total", "Bytes of parts that were taken, as sent", ["dataset"])


@dataclass(frozen=True)
class Upload:
    """A part as it comes: where it belongs, what its sender says about it, its bytes."""

    delivery_id: str
    number: int
    declared: Declared
    envelope: Envelope
    body: AsyncIterator[bytes]


async def receive_part(database: Database, intake: Intake, principal: Principal, upload: Upload) -> PartOut:
    """Take a part. Once this returns, its rows are durable; they count once the delivery is committed.

    The same bytes again give the same answer, whatever became of the delivery.

    Raises:
        UnknownDelivery: not a delivery of the caller.
        DeliveryNotOpen: committed, refused or abandoned.
        PartConflict: the number holds other bytes.
        Problem: `sharing.part.*`: the part as a whole cannot be used; nothing of it is kept.
    """
    started = time.perf_counter()
    async with database.transaction() as session:
        delivery = await service.owned(session, principal, upload.delivery_id)
        stored = await session.get(DeliveryPart, (upload.delivery_id, upload.number))
        if stored is None:
            _require_open(delivery)
            await store.touch(session, upload.delivery_id, clock.now())
    if stored is not None:
        with refusals_as(PART):
            again = await receive(upload.body, upload.envelope, lambda _: None, max_bytes=intake.part_max_bytes)
        return _same_or_conflict(stored, again.sha256)

    await failpoint_async("sharing.part_begun")
    dataset = dataset_of(delivery.dataset)
    upload_id = new_id()
    folder = service.folder_of(delivery)
    place = Place(
        part_no=upload.number,
        upload_id=upload_id,
        rows_path=f"{folder}/part-{upload.number:05d}-{upload_id}.parquet",
        rejects_path=f"{folder}/rejects-{upload.number:05d}-{upload_id}.sealed",
    )
    part = await asyncio.to_thread(
        PartIntake,
        dataset,
        upload.declared,
        place=place,
        default_as_of=rules.last_day(delivery.period),
        tools=intake.tools_of(delivery.token_key_id),
    )
    published: list[str] = []
    try:
        with refusals_as(PART):
            received = await receive(upload.body, upload.envelope, part.feed, max_bytes=intake.part_max_bytes)
            summary = await asyncio.to_thread(part.finish)
        await failpoint_async("sharing.part_received")
        published = await asyncio.to_thread(part.publish)
        await failpoint_async("sharing.part_published")
        answer, is_new = await _enter(database, intake, upload, place, received, summary)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(_undo, intake, part, published))
        raise
    await failpoint_async("sharing.part_committed")
    await asyncio.to_thread(_undo, intake, part, [] if is_new else published)
    if is_new:
        rows_total.labels(dataset.code, "accepted").inc(answer.accepted)
        rows_total.labels(dataset.code, "rejected").inc(answer.rejected)
        bytes_total.labels(dataset.code).inc(answer.size_bytes)
        log.info(
            "part.taken",
            delivery_id=delivery.id,
            dataset=dataset.code,
            period=delivery.period,
            part=upload.number,
            format=answer.format,
            size_bytes=answer.size_bytes,
            accepted=answer.accepted,
            rejected=answer.rejected,
            duration_ms=round((time.perf_counter() - started) * 1000),
        )
    return answer


def _undo(intake: Intake, part: PartIntake, published: list[str]) -> None:
    part.discard()
    intake.lake.delete(published)


async def _enter(
    database: Database, intake: Intake, upload: Upload, place: Place, received: Received, summary: PartSummary
) -> tuple[PartOut, bool]:
    """Write the part's manifest row: from here on it exists. Tell also whether it is this upload's."""
    async with database.transaction() as session:
        delivery = await store.lock_delivery(session, upload.delivery_id)
        if delivery is None:
            raise UnknownDelivery("no such delivery")
        stored = await session.get(DeliveryPart, (upload.delivery_id, place.part_no))
        if stored is not None:  # the same part came twice at once
            return _same_or_conflict(stored, received.sha256), False
        _require_open(delivery)
        now = clock.now()
        row = DeliveryPart(
            delivery_id=upload.delivery_id,
            number=place.part_no,
            sha256=received.sha256,
            size_bytes=received.size_bytes,
            format=upload.declared.name,
            rows=summary.rows,
            accepted=summary.accepted,
            rejected=summary.rejected,
            reject_counts=summary.reject_counts,
            warnings=summary.warnings,
            path=place.rows_path,
            rejects_path=place.rejects_path if summary.has_rejects_file else None,
            reject_key_id=intake.reject_key_id,
            received_at=now,
        )
        session.add(row)
        delivery.active_at = now
        session.add(delivery)
        await session.flush()
        await failpoint_async("sharing.part_entered")
        return service.part_out(row), True


def _require_open(delivery: Delivery) -> None:
    if delivery.state != "open":
        raise DeliveryNotOpen(f"the delivery is {delivery.state}", state=delivery.state)


def _same_or_conflict(stored: DeliveryPart, sha256: str) -> PartOut:
    if stored.sha256 != sha256:
        raise PartConflict(f"part {stored.number} holds other bytes", stored_sha256=stored.sha256)
    return service.part_out(stored)
