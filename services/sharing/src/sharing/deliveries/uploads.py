"""Receiving a part: streamed, hashed, checked and stored, without a transaction open while bytes arrive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from intake import parts
from intake.declared import Declared
from intake.receiving import Envelope, Received
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
        MixedCorrection, CorrectsNothing: the part says that it mends a delivery, and cannot here.
        Problem: `sharing.part.*`: the part as a whole cannot be used; nothing of it is kept.
    """
    started = time.perf_counter()
    keeper = _Keeper(database, intake, principal, upload)
    part, is_new = await parts.take(
        keeper, upload.body, upload.envelope, prefix=PART, conflict=PartConflict, max_bytes=intake.part_max_bytes
    )
    if is_new:
        delivery = keeper.delivery
        await failpoint_async("sharing.part_committed")
        rows_total.labels(delivery.dataset, "accepted").inc(part.accepted)
        rows_total.labels(delivery.dataset, "rejected").inc(part.rejected)
        bytes_total.labels(delivery.dataset).inc(part.size_bytes)
        log.info(
            "part.taken",
            delivery_id=delivery.id,
            dataset=delivery.dataset,
            period=delivery.period,
            part=upload.number,
            format=part.format,
            size_bytes=part.size_bytes,
            accepted=part.accepted,
            rejected=part.rejected,
            duration_ms=round((time.perf_counter() - started) * 1000),
        )
    else:
        _require_same_choice(part, upload.declared)
    return service.part_out(part)


class _Keeper:
    """Checks a part's rows as they come, and publishes them as files of the lake."""

    delivery: Delivery
    _place: Place
    _part: PartIntake

    def __init__(self, database: Database, intake: Intake, principal: Principal, upload: Upload) -> None:
        self._database, self._intake, self._principal, self._upload = database, intake, principal, upload
        self._published: list[str] = []

    async def stored(self) -> DeliveryPart | None:
        async with self._database.transaction() as session:
            self.delivery = await service.owned(session, self._principal, self._upload.delivery_id)
            stored = await session.get(DeliveryPart, (self._upload.delivery_id, self._upload.number))
            if stored is not None:
                return stored
            _require_open(self.delivery)
            await store.touch(session, self._upload.delivery_id, clock.now())
        await failpoint_async("sharing.part_begun")
        upload_id, folder, number = new_id(), service.folder_of(self.delivery), self._upload.number
        self._place = Place(
            part_no=number,
            area_code=self.delivery.area_code,
            upload_id=upload_id,
            rows_path=f"{folder}/part-{number:05d}-{upload_id}.parquet",
            rejects_path=f"{folder}/rejects-{number:05d}-{upload_id}.sealed",
        )
        self._part = await asyncio.to_thread(
            PartIntake,
            dataset_of(self.delivery.dataset),
            self._upload.declared,
            place=self._place,
            default_as_of=rules.last_day(self.delivery.period),
            tools=self._intake.tools_of(self.delivery.token_key_id),
        )
        return None

    def feed(self, block: bytes) -> None:
        self._part.feed(block)

    async def enter(self, received: Received) -> tuple[DeliveryPart, bool]:
        summary = await asyncio.to_thread(self._part.finish)
        await failpoint_async("sharing.part_received")
        self._published = await asyncio.to_thread(self._part.publish)
        await failpoint_async("sharing.part_published")
        part, is_new = await self._write(received, summary)
        if is_new:
            self._published = []  # they are the part's now, whatever becomes of this request
            await asyncio.to_thread(self._part.discard)
        return part, is_new

    async def drop(self) -> None:
        await asyncio.to_thread(self._undo)

    def _undo(self) -> None:
        self._part.discard()
        self._intake.lake.delete(self._published)

    async def _write(self, received: Received, summary: PartSummary) -> tuple[DeliveryPart, bool]:
        """Write the part's manifest row: from here on it exists. Tell also whether it is this upload's."""
        async with self._database.transaction() as session:
            delivery = await store.lock_delivery(session, self._upload.delivery_id)
            if delivery is None:
                raise UnknownDelivery("no such delivery")
            stored = await session.get(DeliveryPart, (self._upload.delivery_id, self._place.part_no))
            if stored is not None:  # the same part came twice at once
                return stored, False
            _require_open(delivery)
            await service.take_as_correction(session, delivery, summary.corrects)
            now = clock.now()
            row = DeliveryPart(
                delivery_id=self._upload.delivery_id,
                number=self._place.part_no,
                sha256=received.sha256,
                size_bytes=received.size_bytes,
                format=self._upload.declared.name,
                rows=summary.rows,
                accepted=summary.accepted,
                rejected=summary.rejected,
                reject_counts=summary.reject_counts,
                warnings=summary.warnings,
                path=self._place.rows_path,
                rejects_path=self._place.rejects_path if summary.has_rejects_file else None,
                reject_key_id=self._intake.reject_key_id,
                received_at=now,
                as_of=summary.as_of,
            )
            session.add(row)
            delivery.active_at = now
            session.add(delivery)
            await session.flush()
            await failpoint_async("sharing.part_entered")
            return row, True


def _require_open(delivery: Delivery) -> None:
    if delivery.state != "open":
        raise DeliveryNotOpen(f"the delivery is {delivery.state}", state=delivery.state)


def _require_same_choice(stored: DeliveryPart, declared: Declared) -> None:
    codes = {warning["code"] for warning in stored.warnings}
    if ("sheet.hidden" if declared.skips_hidden else "sheet.skipped") in codes:
        raise PartConflict(
            f"part {stored.number} was read with another choice about hidden sheets; open a new delivery"
        )
