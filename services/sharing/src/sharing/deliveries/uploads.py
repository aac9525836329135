"""Receiving a part: streamed, hashed, checked and stored, without a transaction open while bytes arrive."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.message import Message

import structlog
from prometheus_client import Counter
from starlette.requests import ClientDisconnect

from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from sharing.catalogue.service import dataset_of
from sharing.deliveries import rules, service, store
from sharing.deliveries.context import Intake
from sharing.deliveries.intake.inflate import Inflater, inflater_of
from sharing.deliveries.intake.part import Format, PartIntake, PartSummary, Place
from sharing.deliveries.problems import (
    DeliveryNotOpen,
    DigestMalformed,
    DigestMismatch,
    PartConflict,
    PartTooLarge,
    TruncatedPart,
    UnknownDelivery,
    UnsupportedFormat,
)
from sharing.deliveries.schemas import PartOut
from sharing.deliveries.tables import Delivery, DeliveryPart

log = structlog.get_logger(__name__)

_BLOCK_BYTES = 1 << 20

rows_total = Counter("bangfu_sharing_rows_total", "Rows of parts that were taken", ["dataset", "outcome"])
bytes_total = Counter("bangfu_sharing_part_bytes_total", "Bytes of parts that were taken, as sent", ["dataset"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS: dict[str, Format] = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
}
# GB 18030 contains GBK and GB 2312, so one decoder reads all three.
_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}


@dataclass(frozen=True)
class PartHeaders:
    """What the request's headers say about the body."""

    file_format: Format
    charset: str
    content_encoding: str | None
    sha256: bytes | None
    length: int | None

    @classmethod
    def read(
        cls, content_type: str | None, content_encoding: str | None, content_digest: str | None, length: str | None
    ) -> PartHeaders:
        """Read the headers.

        Raises:
            UnsupportedFormat: unknown Content-Type or charset.
            DigestMalformed: an unreadable sha-256 in Content-Digest (RFC 9530).
        """
        message = Message()
        message["content-type"] = content_type or ""
        file_format = _FORMATS.get(message.get_content_type()) if content_type else None
        if file_format is None:
            raise UnsupportedFormat("send NDJSON, CSV or XLSX", supported=sorted(_FORMATS))
        declared = str(message.get_param("charset") or "utf-8").lower()
        charset = _CHARSETS.get(declared)
        if charset is None or (file_format == "xlsx" and declared != "utf-8"):
            raise UnsupportedFormat(f"charset {declared[:20]!r} is not supported", supported=sorted(_CHARSETS))
        size = int(length) if length and length.isdigit() else None
        return cls(file_format, charset, content_encoding, _sha256_of(content_digest), size)


def _sha256_of(content_digest: str | None) -> bytes | None:
    for member in (content_digest or "").split(","):
        name, _, value = member.strip().partition("=")
        if name.lower() != "sha-256":
            continue  # RFC 9530: algorithms that the recipient does not know are ignored
        try:
            digest = base64.b64decode(value.strip().removeprefix(":").removesuffix(":"), validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) != 32 or not value.strip().startswith(":"):
            raise DigestMalformed("the sha-256 of Content-Digest is not readable")
        return digest
    return None


class _Receiver:
    """Counts, hashes and, if the part is new, takes the bytes. Runs in threads, one call at a time."""

    def __init__(self, intake: Intake, headers: PartHeaders, part: PartIntake | None) -> None:
        self._max_bytes = intake.part_max_bytes
        self._hash = hashlib.sha256()
        self._part = part
        self._inflater: Inflater = inflater_of(
            headers.content_encoding, max_bytes=intake.part_max_inflated_bytes, max_ratio=intake.part_max_ratio
        )
        self._expected = headers.sha256
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def feed(self, block: bytes) -> None:
        self.size_bytes += len(block)
        if self.size_bytes > self._max_bytes:
            raise PartTooLarge(f"a part may have {self._max_bytes} bytes", limit_bytes=self._max_bytes)
        self._hash.update(block)
        if self._part is not None:
            for piece in self._inflater.feed(block):
                self._part.feed(piece)

    def finish(self) -> PartSummary | None:
        if self._expected is not None and self._hash.digest() != self._expected:
            raise DigestMismatch("the body's SHA-256 is not the one in Content-Digest")
        if self._part is None:
            return None
        self._inflater.finish()
        return self._part.finish()


async def receive_part(
    database: Database,
    intake: Intake,
    principal: Principal,
    delivery_id: str,
    number: int,
    headers: PartHeaders,
    body: AsyncIterator[bytes],
) -> PartOut:
    """Take a part. Once this returns, its rows are durable; they count once the delivery is committed.

    The same bytes again give the same answer, whatever became of the delivery.

    Raises:
        UnknownDelivery: not a delivery of the caller.
        DeliveryNotOpen: committed, refused or abandoned.
        PartConflict: the number holds other bytes.
        PartUnreadable and others of `problems`: the part as a whole cannot be used; nothing of it is kept.
    """
    started = time.perf_counter()
    async with database.transaction() as session:
        delivery = await service.owned(session, principal, delivery_id)
        stored = await session.get(DeliveryPart, (delivery_id, number))
        if stored is None:
            _require_open(delivery)
            await store.touch(session, delivery_id, clock.now())
    if headers.length is not None and headers.length > intake.part_max_bytes:
        raise PartTooLarge(f"a part may have {intake.part_max_bytes} bytes", limit_bytes=intake.part_max_bytes)
    if stored is not None:
        receiver = _Receiver(intake, headers, None)
        await _pump(body, receiver.feed)
        await asyncio.to_thread(receiver.finish)
        return _same_or_conflict(stored, receiver.sha256)

    await failpoint_async("sharing.part_begun")
    dataset = dataset_of(delivery.dataset)
    upload_id = new_id()
    folder = service.folder_of(delivery)
    place = Place(
        part_no=number,
        upload_id=upload_id,
        rows_path=f"{folder}/part-{number:05d}-{upload_id}.parquet",
        rejects_path=f"{folder}/rejects-{number:05d}-{upload_id}.sealed",
    )
    part = await asyncio.to_thread(
        PartIntake,
        dataset,
        file_format=headers.file_format,
        charset=headers.charset,
        place=place,
        default_as_of=rules.last_day(delivery.period),
        tools=intake.tools_of(delivery.token_key_id),
    )
    published: list[str] = []
    try:
        receiver = _Receiver(intake, headers, part)
        await _pump(body, receiver.feed)
        summary = await asyncio.to_thread(receiver.finish)
        assert summary is not None  # noqa: S101 - a new part has one
        await failpoint_async("sharing.part_received")
        published = await asyncio.to_thread(part.publish)
        await failpoint_async("sharing.part_published")
        answer, is_new = await _enter(database, intake, delivery_id, place, headers, receiver, summary)
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
            delivery_id=delivery_id,
            dataset=dataset.code,
            period=delivery.period,
            part=number,
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
    database: Database,
    intake: Intake,
    delivery_id: str,
    place: Place,
    headers: PartHeaders,
    receiver: _Receiver,
    summary: PartSummary,
) -> tuple[PartOut, bool]:
    """Write the part's manifest row: from here on it exists. Tell also whether it is this upload's."""
    async with database.transaction() as session:
        delivery = await store.lock_delivery(session, delivery_id)
        if delivery is None:
            raise UnknownDelivery("no such delivery")
        stored = await session.get(DeliveryPart, (delivery_id, place.part_no))
        if stored is not None:  # the same part came twice at once
            return _same_or_conflict(stored, receiver.sha256), False
        _require_open(delivery)
        now = clock.now()
        row = DeliveryPart(
            delivery_id=delivery_id,
            number=place.part_no,
            sha256=receiver.sha256,
            size_bytes=receiver.size_bytes,
            format=headers.file_format,
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


async def _pump(body: AsyncIterator[bytes], feed: Callable[[bytes], None]) -> None:
    """Hand the body to `feed` in blocks, in a thread, while the next block arrives; never more than two blocks wait."""
    pieces: list[bytes] = []
    size = 0
    running: asyncio.Task[None] | None = None
    try:
        async for piece in body:
            pieces.append(piece)
            size += len(piece)
            if size >= _BLOCK_BYTES:
                block, pieces, size = b"".join(pieces), [], 0
                if running is not None:
                    await running
                running = asyncio.create_task(asyncio.to_thread(feed, block))
        if running is not None:
            await running
            running = None
        if pieces:
            await asyncio.to_thread(feed, b"".join(pieces))
    except ClientDisconnect as error:
        raise TruncatedPart("the connection ended before the body did") from error
    finally:
        if running is not None and not running.done():
            await asyncio.wait({running})  # a thread cannot be cancelled; its files must not vanish under it
        if running is not None and not running.cancelled():
            running.exception()  # seen; an earlier error is already on its way
