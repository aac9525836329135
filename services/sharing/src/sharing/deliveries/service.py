"""Use cases of deliveries: open, commit, nil return, abandon, read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from contracts.sharing import DeliveryCommitted
from contracts.vocabulary import Department
from servicekit import clock, outbox
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.paging import Page, decode_cursor, encode_cursor
from sharing.catalogue.service import Dataset, dataset_of
from sharing.deliveries import rules, store
from sharing.deliveries.context import Intake
from sharing.deliveries.duplicates import find_duplicates
from sharing.deliveries.effective import (
    RECORD_COLUMNS,
    RowsDeleted,
    effective_parts,
    export_records,
    lists_and_areas,
)
from sharing.deliveries.problems import (
    DeliveryNotOpen,
    MissingPart,
    NilNotAllowed,
    PeriodClosed,
    PeriodInFuture,
    RowsRejected,
    UnknownDelivery,
)
from sharing.deliveries.rejects import reseal
from sharing.deliveries.schemas import CommitIn, DeliveryOut, PartOut, Receipt
from sharing.deliveries.store import RecordsOf
from sharing.deliveries.tables import Delivery, DeliveryPart
from sharing.policy.service import parameters_at

__all__ = [
    "RECORD_COLUMNS",
    "RecordsOf",
    "RowsDeleted",
    "effective_parts",
    "export_records",
    "lists_and_areas",
    "reseal",
]

log = structlog.get_logger(__name__)


async def due_date(session: AsyncSession, dataset: Dataset, period: str, area_code: str) -> date:
    """Give the day by which a dataset of a period is due in an area, by today's policy profile."""
    profile = await parameters_at(session, area_code, clock.today())
    return rules.due_on(period, profile.whole(dataset.due_day_parameter))


def _check_period(period: str, profile: Profile) -> None:
    """Check that data for a period are taken today.

    Raises:
        PeriodInFuture: if it has not begun.
        PeriodClosed: if it ended too long ago.
    """
    today = clock.today()
    if rules.is_future(period, today):
        raise PeriodInFuture(f"the period {period} has not begun")
    open_months = profile.whole("sharing.period_open_months")
    if rules.is_closed(period, today, open_months):
        raise PeriodClosed(f"the period {period} ended more than {open_months} months ago", open_months=open_months)


async def new_delivery(
    session: AsyncSession,
    principal: Principal,
    dataset: Dataset,
    period: str,
    token_key_id: str,
    *,
    kind: str | None = None,
) -> Delivery:
    """Give an open delivery of the caller's department and area, not stored yet.

    Args:
        token_key_id: The key that all of its rows are tokenised with, whatever becomes current meanwhile: rows
            that share a key could not be found otherwise.

    Raises:
        WrongDepartment: if the dataset is another department's.
        PeriodInFuture, PeriodClosed: if the period takes no data today.
    """
    principal.require_department(dataset.department)
    area_code = rules.common_area(principal.areas)
    profile = await parameters_at(session, area_code, clock.today())
    _check_period(period, profile)
    now = clock.now()
    return Delivery(
        id=new_id(),
        dataset=dataset.code,
        department=dataset.department,
        period=period,
        area_code=area_code,
        kind=kind or ("full" if dataset.mode == "full" else "increment"),
        state="open",
        token_key_id=token_key_id,
        opened_by=principal.client_id,
        opened_at=now,
        active_at=now,
        due_on=rules.due_on(period, profile.whole(dataset.due_day_parameter)),
    )


async def open_delivery(
    session: AsyncSession, principal: Principal, intake: Intake, dataset_code: str, period: str, *, is_strict: bool
) -> DeliveryOut:
    """Open a delivery; several may be open side by side, the one committed last counts."""
    delivery = await new_delivery(session, principal, dataset_of(dataset_code), period, intake.token_key_id)
    delivery.is_strict = is_strict
    session.add(delivery)
    await session.flush()
    return delivery_out(delivery, [])


async def declare_nil(
    session: AsyncSession, principal: Principal, intake: Intake, dataset_code: str, period: str, reason: str
) -> Receipt:
    """Commit an empty delivery: the department has nothing for the period (零报告).

    Raises:
        NilNotAllowed: if the dataset always has rows.
    """
    dataset = dataset_of(dataset_code)
    delivery = await new_delivery(session, principal, dataset, period, intake.token_key_id)
    if not dataset.nil_allowed:
        raise NilNotAllowed(f"{dataset.code} takes no nil return")
    delivery.is_nil, delivery.nil_reason = True, reason
    session.add(delivery)
    await session.flush()
    return await seal(session, delivery, parts=0, accepted=0, rejected=0, duplicates=0)


async def commit_delivery(
    database: Database, intake: Intake, principal: Principal, delivery_id: str, claim: CommitIn
) -> Receipt:
    """Make a delivery count, all of its accepted rows at once; repeating it gives the same receipt.

    Raises:
        UnknownDelivery, WrongDepartment: not the caller's.
        DeliveryNotOpen: refused or abandoned before.
        MissingPart: the announced parts are not exactly the stored ones.
        RowsRejected: strict, and rows were rejected; the delivery is refused and its rows are deleted.
        PeriodClosed: the period closed since the delivery was opened.
    """
    async with database.transaction() as session:
        delivery = await owned(session, principal, delivery_id, lock=True)
        parts = await store.parts_of(session, delivery.id)
        if delivery.state not in ("open", "committed"):
            raise DeliveryNotOpen(f"the delivery is {delivery.state}", state=delivery.state)
        _check_parts(claim, parts)
        if delivery.state == "committed":
            return receipt_of(delivery)
        _check_period(delivery.period, await parameters_at(session, delivery.area_code, clock.today()))
        duplicates = await _exclude_duplicates(intake, delivery, parts)
        rejected = sum(part.rejected for part in parts) + duplicates
        accepted = sum(part.accepted for part in parts) - duplicates
        if not (delivery.is_strict and rejected):
            return await seal(
                session, delivery, parts=len(parts), accepted=accepted, rejected=rejected, duplicates=duplicates
            )
        delivery.state, delivery.closed_at = "refused", clock.now()
        delivery.rows_accepted, delivery.rows_rejected, delivery.rows_duplicate = 0, rejected, duplicates
        session.add(delivery)
    # The refusal is on record; now the rows go. What a crash leaves here, the sweep takes.
    await asyncio.to_thread(intake.lake.delete, [part.path for part in parts])
    raise RowsRejected(f"{rejected} row(s) were rejected and the delivery is strict", rows_rejected=rejected)


def _check_parts(claim: CommitIn, parts: Sequence[DeliveryPart]) -> None:
    missing, different, unannounced = rules.missing_parts(
        claim.announced(), {part.number: part.sha256 for part in parts}
    )
    if missing or different or unannounced:
        raise MissingPart(
            "the parts announced are not the parts stored",
            missing=missing[:100],
            different=different[:100],
            unannounced=unannounced[:100],
        )


async def _exclude_duplicates(intake: Intake, delivery: Delivery, parts: Sequence[DeliveryPart]) -> int:
    """Write the delivery's exclusion file if rows share a key; give the number of rows excluded."""
    paths = [part.path for part in parts if part.accepted]
    if not paths:
        return 0
    attempt = new_id()
    incoming = intake.lake.incoming(f"{attempt}.duplicates")
    path = f"{folder_of(delivery)}/duplicates-{attempt}.parquet"

    def find() -> int:
        try:
            count = find_duplicates(intake.lake, dataset_of(delivery.dataset), paths, incoming, intake.scratch)
            if count:
                intake.lake.publish(incoming, path)
            return count
        finally:
            incoming.unlink(missing_ok=True)

    count = await asyncio.to_thread(find)
    await failpoint_async("sharing.duplicates_excluded")
    delivery.exclusion_path = path if count else None
    return count


async def seal(
    session: AsyncSession, delivery: Delivery, *, parts: int, accepted: int, rejected: int, duplicates: int
) -> Receipt:
    """Mark a delivery committed, supersede the one that counted before, and announce it; all in the transaction."""
    dataset = dataset_of(delivery.dataset)
    await store.lock_period(session, delivery.dataset, delivery.period, delivery.area_code)
    if delivery.kind != "record":
        delivery.supersedes = await store.supersede_current(session, delivery)
        # A record's delivery was made a moment ago; what was opened earlier is judged by the profile of today.
        delivery.due_on = await due_date(session, dataset, delivery.period, delivery.area_code)
    now = clock.now()
    delivery.commit_seq = await store.next_commit_seq(session)
    delivery.receipt_no = f"R-{delivery.dataset}-{delivery.period.replace('-', '')}-{delivery.commit_seq:09d}"
    delivery.is_late = rules.is_late(now, delivery.due_on)
    delivery.state, delivery.closed_at, delivery.part_count = "committed", now, parts
    delivery.rows_accepted, delivery.rows_rejected, delivery.rows_duplicate = accepted, rejected, duplicates
    session.add(delivery)
    await session.flush()
    committed = DeliveryCommitted(
        delivery_id=delivery.id,
        dataset=delivery.dataset,
        department=Department(delivery.department),
        period=delivery.period,
        is_nil=delivery.is_nil,
        rows_accepted=accepted,
        rows_rejected=rejected,
        supersedes=delivery.supersedes,
        committed_at=now,
        is_late=delivery.is_late,
    )
    await outbox.add(session, committed)
    await failpoint_async("sharing.delivery_sealed")
    log.info("delivery.committed", kind=delivery.kind, **committed.model_dump(mode="json"))
    return receipt_of(delivery)


async def abandon(session: AsyncSession, delivery: Delivery) -> list[str]:
    """Give an open delivery up; give the files to delete once the transaction has committed.

    Abandoning it again changes nothing.

    Raises:
        DeliveryNotOpen: if it was committed or refused.
    """
    if delivery.state not in ("open", "abandoned"):
        raise DeliveryNotOpen(f"the delivery is {delivery.state}", state=delivery.state)
    parts = await store.parts_of(session, delivery.id)
    now = clock.now()
    delivery.state, delivery.closed_at, delivery.rejects_deleted_at = "abandoned", delivery.closed_at or now, now
    session.add(delivery)
    await session.flush()
    return [path for part in parts for path in (part.path, part.rejects_path) if path]


async def owned(session: AsyncSession, principal: Principal, delivery_id: str, *, lock: bool = False) -> Delivery:
    """Give a delivery that the caller may change.

    Raises:
        UnknownDelivery: none, or another department's or area's: the two look the same.
    """
    found = await (store.lock_delivery(session, delivery_id) if lock else session.get(Delivery, delivery_id))
    if found is None or not principal.acts_for(found.department) or not principal.covers(found.area_code):
        raise UnknownDelivery("no such delivery of your department")
    return found


async def readable(session: AsyncSession, principal: Principal, delivery_id: str) -> Delivery:
    """Give a delivery that the caller may read: its department's, or any of its area for clients without one.

    Raises:
        UnknownDelivery: none, or not within the caller's reach.
    """
    found = await session.get(Delivery, delivery_id)
    is_foreign = found is not None and principal.department not in (None, found.department)
    if found is None or is_foreign or not principal.covers(found.area_code):
        raise UnknownDelivery("no such delivery within your reach")
    return found


async def list_page(
    session: AsyncSession, principal: Principal, dataset: str | None, period: str | None, cursor: str | None, limit: int
) -> Page[DeliveryOut]:
    """Give a page of the deliveries that the caller may read, newest first."""
    before = None
    if cursor:
        at, identifier = decode_cursor(cursor, 2)
        before = (datetime.fromisoformat(at), str(identifier))
    found = await store.list_deliveries(
        session,
        dataset=dataset_of(dataset).code if dataset else None,
        period=period,
        department=principal.department,
        area_clause=principal.area_clause("area_code"),
        before=before,
        limit=limit,
    )
    shown = found[:limit]
    more = len(found) > limit
    return Page(
        items=[delivery_out(delivery, []) for delivery in shown],
        next_cursor=encode_cursor([shown[-1].opened_at.isoformat(), shown[-1].id]) if more else None,
    )


def folder_of(delivery: Delivery) -> str:
    """Give a delivery's folder in the lake: dataset, month, area, delivery."""
    return f"{delivery.dataset}/{delivery.period}/{delivery.area_code}/{delivery.id}"


def receipt_of(delivery: Delivery) -> Receipt:
    """Give the receipt of a committed delivery; always the same."""
    return Receipt.model_validate(
        delivery.model_dump()
        | {"delivery_id": delivery.id, "parts": delivery.part_count, "committed_at": delivery.closed_at}
    )


def part_out(part: DeliveryPart) -> PartOut:
    """Give a part's receipt; always the same."""
    return PartOut.model_validate(part, from_attributes=True)


def delivery_out(delivery: Delivery, parts: Sequence[DeliveryPart]) -> DeliveryOut:
    """Give a delivery as the API shows it."""
    return DeliveryOut.model_validate(
        delivery.model_dump()
        | {
            "strict": delivery.is_strict,
            "receipt": receipt_of(delivery) if delivery.state == "committed" else None,
            "parts": [part_out(part) for part in parts],
        }
    )
