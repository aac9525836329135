"""Committing deliveries: what of their rows counts, whether they can be believed, and what they replace."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from contracts.sharing import DeliveryCommitted, DeliverySuspended, DeliveryWithdrawn
from contracts.vocabulary import Department
from servicekit import clock, outbox
from servicekit.auth import Principal
from servicekit.calendar import Limit, work_calendar
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from sharing.catalogue.service import dataset_of
from sharing.deliveries import judging, rules, service, store
from sharing.deliveries.context import Intake
from sharing.deliveries.duplicates import Excluded, Rows, exclude_rows, persons_of
from sharing.deliveries.identities import beside, keep, kept_in
from sharing.deliveries.plausibility import Doubt
from sharing.deliveries.problems import DeliveryNotOpen, MissingPart, NilNotAllowed, RowsRejected
from sharing.deliveries.schemas import CommitIn, NilIn, Receipt
from sharing.deliveries.tables import Delivery, DeliveryPart
from sharing.deliveries.texts import completed_by, replaced_by
from sharing.directory import service as directory
from sharing.policy.service import parameters_at

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Counts:
    """What became of a delivery's rows; each row is in exactly one of the first three.

    Attributes:
        rejected: To be mended; `quarantined` of them contradict each other, `outside` are about persons registered
            outside its area.
        duplicate: Repeat another row.
    """

    parts: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    quarantined: int = 0
    outside: int = 0


async def declare_nil(session: AsyncSession, principal: Principal, intake: Intake, wanted: NilIn) -> Receipt:
    """Commit an empty delivery: the department has nothing for the period (零报告).

    Raises:
        NilNotAllowed: if the dataset always has rows.
    """
    dataset = dataset_of(wanted.dataset)
    area_code = principal.acting_area(wanted.area_code)
    delivery = await service.new_delivery(session, principal, dataset, wanted.period, area_code, intake.token_key_id)
    delivery.kind = "full" if dataset.mode == "full" else "increment"
    if not dataset.nil_allowed:
        raise NilNotAllowed(f"{dataset.code} takes no nil return")
    delivery.is_nil, delivery.nil_reason = True, wanted.reason
    session.add(delivery)
    await session.flush()
    return await _believe(session, intake, delivery, Counts())


async def commit_delivery(
    database: Database, intake: Intake, principal: Principal, delivery_id: str, claim: CommitIn
) -> Receipt:
    """Make a delivery count, all of its accepted rows at once, or hold it; repeating it gives the same receipt.

    Raises:
        UnknownDelivery, WrongDepartment: not the caller's.
        DeliveryNotOpen: refused, withdrawn or abandoned before.
        MissingPart: the announced parts are not exactly the stored ones.
        RowsRejected: strict, and rows were rejected; the delivery is refused and its rows are deleted.
        PeriodClosed: the period closed since the delivery was opened.
        CorrectsNothing: what it corrects does not count any more.
    """
    async with database.transaction() as session:
        delivery = await service.owned(session, principal, delivery_id, lock=True)
        parts = await store.parts_of(session, delivery.id)
        if delivery.state not in ("open", "committed", "held"):
            raise DeliveryNotOpen(f"the delivery is {delivery.state}", state=delivery.state)
        _check_parts(claim, parts)
        if delivery.state != "open":
            return service.receipt_of(delivery)
        service.check_period(delivery.period, await parameters_at(session, delivery.area_code, clock.today()))
        if delivery.corrects is not None:
            await service.correct(session, delivery, delivery.corrects)
        counts = await _count(session, intake, delivery, parts)
        is_taken = not (delivery.is_strict and counts.rejected)
        if is_taken:
            receipt = await _believe(session, intake, delivery, counts)
        else:
            delivery.state, delivery.closed_at = "refused", clock.now()
            _note_counts(delivery, replace(counts, accepted=0))
            session.add(delivery)
    # What it says of whom is in tokens from now on.
    await asyncio.to_thread(intake.lake.delete, [beside(part.path) for part in parts])
    if is_taken:
        return receipt
    # The refusal is on record; now the rows go. What a crash leaves here, the sweep takes.
    await asyncio.to_thread(intake.lake.delete, [part.path for part in parts])
    raise RowsRejected(
        f"{counts.rejected} row(s) were rejected and the delivery is strict", rows_rejected=counts.rejected
    )


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


async def _count(session: AsyncSession, intake: Intake, delivery: Delivery, parts: Sequence[DeliveryPart]) -> Counts:
    """Leave out what cannot count, write down which rows, and count."""
    stated = [part.as_of for part in parts if part.as_of is not None]
    delivery.as_of = max(stated, default=None)
    rows = {part.number: part.path for part in parts if part.accepted}
    excluded = await _exclude(session, intake, delivery, rows)
    refused = excluded.contradicting + excluded.outside
    return Counts(
        parts=len(parts),
        accepted=sum(part.accepted for part in parts) - refused - excluded.repeated,
        rejected=sum(part.rejected for part in parts) + refused,
        duplicate=excluded.repeated,
        quarantined=excluded.contradicting,
        outside=excluded.outside,
    )


async def _exclude(session: AsyncSession, intake: Intake, delivery: Delivery, rows: dict[int, str]) -> Excluded:
    """Write the delivery's exclusion file if some rows do not count; give the number of rows left out."""
    paths = list(rows.values())
    if not paths:
        return Excluded()
    outsiders = await _outsiders(session, intake, delivery, paths)
    attempt = new_id()
    incoming = intake.lake.incoming(f"{attempt}.duplicates")
    folder = service.folder_of(delivery)
    path, identities = f"{folder}/duplicates-{attempt}.parquet", kept_in(folder)

    def find() -> Excluded:
        try:
            dataset = dataset_of(delivery.dataset)
            found = exclude_rows(intake.lake, dataset, paths, incoming, intake.scratch, outsiders)
            if found != Excluded():
                intake.lake.publish(incoming, path)
            if found.contradicting:
                keep(intake.lake, intake.tools.cipher, rows, path, identities)
            return found
        finally:
            incoming.unlink(missing_ok=True)

    found = await asyncio.to_thread(find)
    await failpoint_async("sharing.duplicates_excluded")
    delivery.exclusion_path = path if found != Excluded() else None
    if found.contradicting:
        delivery.identities_path, delivery.identities_key_id = identities, intake.reject_key_id
    return found


async def _outsiders(session: AsyncSession, intake: Intake, delivery: Delivery, paths: list[str]) -> list[str]:
    """Give the ID tokens of the delivery's persons who are registered outside its area."""
    if not await directory.has_households_outside(session, delivery.area_code):
        return []
    persons = await asyncio.to_thread(
        persons_of, intake.lake, [Rows(tuple(map(intake.lake.url_of, paths)))], intake.scratch
    )
    return await directory.registered_outside(session, persons, delivery.area_code)


async def _believe(session: AsyncSession, intake: Intake, delivery: Delivery, counts: Counts) -> Receipt:
    """Let a delivery count, or hold it where it cannot be believed beside what counts until now."""
    await store.lock_period(session, delivery.dataset, delivery.period, delivery.area_code)
    adds = delivery.is_mode_given and await store.has_list(session, delivery)
    delivery.is_addition = rules.joins(delivery.kind, dataset_of(delivery.dataset).mode, adds_to_list=adds)
    doubts: list[Doubt] = []
    if delivery.is_list:
        doubts = await judging.doubts_of(session, intake, delivery, counts.accepted, counts.rejected)
    receipt = await (hold(session, delivery, counts, doubts) if doubts else seal(session, delivery, counts))
    if delivery.corrects is None:
        return receipt
    await _believe_mended(session, intake, delivery, delivery.corrects)
    return service.receipt_of(delivery)


async def _believe_mended(session: AsyncSession, intake: Intake, correction: Delivery, corrects: str) -> None:
    """Let a held list count once the mended rows have taken away every doubt; else say that it still waits."""
    held = await store.lock_delivery(session, corrects)
    if held is None or held.state != "held":
        return
    doubts = await judging.doubts_of(session, intake, held, held.rows_accepted or 0, held.rows_rejected or 0)
    held.version += 1
    if doubts:
        held.hold_reasons = [doubt.plain() for doubt in doubts]
        session.add(held)
    else:
        held.decided_by, held.decided_at = correction.opened_by, clock.now()
        held.decision_reason = completed_by(correction.id)
        await take_effect(session, held)
    note = "delivery.corrects_held" if doubts else "delivery.completes_held"
    correction.notes = [*correction.notes, {"code": note, "delivery_id": held.id}]
    session.add(correction)
    await session.flush()


def _note_counts(delivery: Delivery, counts: Counts) -> None:
    delivery.part_count = counts.parts
    delivery.rows_accepted, delivery.rows_rejected = counts.accepted, counts.rejected
    delivery.rows_duplicate, delivery.rows_quarantined = counts.duplicate, counts.quarantined
    delivery.notes = [{"code": "delivery.rows_outside", "count": counts.outside}] if counts.outside else []


async def _receive(session: AsyncSession, delivery: Delivery, counts: Counts) -> Profile:
    """Give a delivery its place in the order of commits, its receipt and counts, under `lock_period`."""
    profile = await parameters_at(session, delivery.area_code, clock.today())
    if delivery.kind != "record":
        # A record's delivery was made a moment ago; what was opened earlier is judged by the profile of today.
        delivery.due_on = rules.due_on(delivery.period, profile.whole(dataset_of(delivery.dataset).due_day_parameter))
    now = clock.now()
    delivery.commit_seq = await store.next_commit_seq(session)
    delivery.receipt_no = f"R-{delivery.dataset}-{delivery.period.replace('-', '')}-{delivery.commit_seq:09d}"
    delivery.is_late, delivery.closed_at = rules.is_late(now, delivery.due_on), now
    _note_counts(delivery, counts)
    return profile


async def hold(session: AsyncSession, delivery: Delivery, counts: Counts, doubts: Sequence[Doubt]) -> Receipt:
    """Keep a list from counting until somebody has decided; the one before stays effective."""
    profile = await _receive(session, delivery, counts)
    work = work_calendar(profile)
    delivery.state = "held"
    delivery.hold_reasons = [doubt.plain() for doubt in doubts]
    delivery.hold_due_on = Limit(profile.whole("sharing.hold_due_days"), work).ends_on(clock.today())
    session.add(delivery)
    await session.flush()
    await outbox.add(
        session,
        DeliverySuspended(
            **_named(delivery),
            reasons=[doubt.code for doubt in doubts],
            due_on=delivery.hold_due_on,
            suspended_at=clock.now(),
        ),
    )
    log.info("delivery.held", delivery_id=delivery.id, dataset=delivery.dataset, reasons=[d.code for d in doubts])
    return service.receipt_of(delivery)


async def seal(session: AsyncSession, delivery: Delivery, counts: Counts) -> Receipt:
    """Commit a delivery: its receipt, and all that `take_effect` does, in the transaction."""
    await store.lock_period(session, delivery.dataset, delivery.period, delivery.area_code)
    await _receive(session, delivery, counts)
    return await take_effect(session, delivery)


async def take_effect(session: AsyncSession, delivery: Delivery) -> Receipt:
    """Let a received delivery count from now on, in the place of the list before it, and announce it.

    Under `lock_period`. A list that tells of an earlier day than the one that counts is kept beside it, superseded.
    """
    notes: list[dict[str, Any]] = []
    if delivery.is_list:
        with session.no_autoflush:  # it is received, and nothing yet
            current = await store.current_list(session, delivery)
            if current is not None and _is_older(delivery, current):
                delivery.superseded_by = current.id
                days = {"as_of": str(delivery.as_of), "current_as_of": str(current.as_of)}
                notes.append({"code": "delivery.older_than_current", **days})
            elif current is not None:
                delivery.supersedes = current.id
                await store.supersede(session, current.id, delivery.id)
    delivery.state = "committed"
    session.add(delivery)
    await session.flush()
    if delivery.is_list and delivery.superseded_by is None:
        for held in await store.held_before(session, delivery):
            await withdraw(session, held, by=delivery.opened_by, reason=replaced_by(delivery.id))
            notes.append({"code": "delivery.held_withdrawn", "delivery_id": held.id})
    if await _is_unjudged(session, delivery):
        notes.append({"code": "delivery.nothing_before"})
    if delivery.kind == "full" and (records := await store.records_before(session, delivery)):
        notes.append({"code": "delivery.records_before", "count": records})
    delivery.notes = [*delivery.notes, *notes]
    session.add(delivery)
    await session.flush()
    committed = DeliveryCommitted(
        **_named(delivery),
        mode=delivery.kind,
        is_nil=delivery.is_nil,
        rows_accepted=delivery.rows_accepted or 0,
        rows_rejected=delivery.rows_rejected or 0,
        supersedes=delivery.supersedes,
        committed_at=clock.now(),
        is_late=bool(delivery.is_late),
    )
    await outbox.add(session, committed)
    await failpoint_async("sharing.delivery_sealed")
    log.info("delivery.committed", kind=delivery.kind, **committed.model_dump(mode="json"))
    return service.receipt_of(delivery)


async def _is_unjudged(session: AsyncSession, delivery: Delivery) -> bool:
    """Tell whether a full list has counted without anything that it could be held against."""
    if delivery.kind != "full" or delivery.is_nil or delivery.supersedes or delivery.superseded_by:
        return False
    if dataset_of(delivery.dataset).is_of_everybody:
        return False
    return await store.period_before(session, delivery) is None


def _is_older(new: Delivery, current: Delivery) -> bool:
    """Tell whether a list says of itself that it is older; where one of two does not say, the later one counts."""
    return new.as_of is not None and current.as_of is not None and new.as_of < current.as_of


async def withdraw(session: AsyncSession, delivery: Delivery, *, by: str, reason: str) -> None:
    """Give a held list up; it never counted."""
    now = clock.now()
    delivery.state, delivery.decided_by, delivery.decided_at, delivery.decision_reason = "withdrawn", by, now, reason
    delivery.version += 1
    session.add(delivery)
    await session.flush()
    await outbox.add(session, DeliveryWithdrawn(**_named(delivery), withdrawn_at=now))


def _named(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.id,
        "dataset": delivery.dataset,
        "department": Department(delivery.department),
        "period": delivery.period,
        "area_code": delivery.area_code,
    }
