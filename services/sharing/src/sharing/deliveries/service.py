"""Use cases of deliveries: open, abandon, read. Committing is in `committing`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from contracts.vocabulary import Department
from servicekit import areas, clock, conflicts
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import Page, encode_cursor, read_cursor
from servicekit.refused import RefusedOut
from sharing.catalogue.service import Dataset, dataset_of
from sharing.deliveries import rules, store
from sharing.deliveries.context import Intake
from sharing.deliveries.effective import (
    RECORD_COLUMNS,
    RowsDeleted,
    effective_parts,
    export_records,
    held_lists,
    lists_and_areas,
)
from sharing.deliveries.effective_store import RecordsOf
from sharing.deliveries.identities import beside, kept_in, seal_anew
from sharing.deliveries.problems import (
    CorrectsNothing,
    DeliveryNotOpen,
    MixedCorrection,
    ModeUnsupported,
    PeriodClosed,
    PeriodInFuture,
    UnknownDelivery,
)
from sharing.deliveries.rejects import reseal
from sharing.deliveries.rules import shifted
from sharing.deliveries.schemas import DeliveryIn, DeliveryOut, DeliveryQuery, Hold, HoldReason, Note, PartOut, Receipt
from sharing.deliveries.store import Delivered, Pushed, delivered, lists_told, pushed
from sharing.deliveries.tables import Delivery, DeliveryPart
from sharing.deliveries.texts import doubt_of, note_of
from sharing.policy.service import parameters_at

__all__ = [
    "RECORD_COLUMNS",
    "Delivered",
    "Pushed",
    "RecordsOf",
    "RowsDeleted",
    "delivered",
    "effective_parts",
    "export_records",
    "held_lists",
    "kept_in",
    "lists_and_areas",
    "lists_told",
    "pushed",
    "reseal",
    "seal_anew",
    "shifted",
]

# Of a refused delivery nothing is kept: its mended rows alone would pass for the month.
_MENDABLE = ("committed", "held")


async def due_date(session: AsyncSession, dataset: Dataset, period: str, area_code: str) -> date:
    """Give the day by which a dataset of a period is due in an area, by today's policy profile."""
    profile = await parameters_at(session, area_code, clock.today())
    return rules.due_on(period, profile.whole(dataset.due_day_parameter))


def check_period(period: str, profile: Profile) -> None:
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
    session: AsyncSession, principal: Principal, dataset: Dataset, period: str, area_code: str, token_key_id: str
) -> Delivery:
    """Give an open delivery of the caller's department, not stored yet: a single record, until told otherwise.

    Args:
        area_code: One of the caller's, `Principal.acting_area`.
        token_key_id: The key that all of its rows are tokenised with, whatever becomes current meanwhile: rows
            that share a key could not be found otherwise.

    Raises:
        WrongDepartment: if the dataset is another department's.
        OutsideArea, AreaNeeded: if the area is not the caller's, or has to be named.
        PeriodInFuture, PeriodClosed: if the period takes no data today.
    """
    principal.require_department(dataset.department)
    profile = await parameters_at(session, area_code, clock.today())
    check_period(period, profile)
    now = clock.now()
    return Delivery(
        id=new_id(),
        dataset=dataset.code,
        department=dataset.department,
        period=period,
        area_code=area_code,
        kind="record",
        state="open",
        token_key_id=token_key_id,
        opened_by=principal.actor,
        opened_at=now,
        active_at=now,
        due_on=rules.due_on(period, profile.whole(dataset.due_day_parameter)),
    )


async def open_delivery(session: AsyncSession, principal: Principal, intake: Intake, wanted: DeliveryIn) -> DeliveryOut:
    """Open a delivery; several may be open side by side, of the lists the one committed last counts.

    Raises:
        ModeUnsupported: the dataset has no whole lists.
        CorrectsNothing: what it is to correct cannot be corrected.
    """
    dataset = dataset_of(wanted.dataset)
    area_code = principal.acting_area(wanted.area_code)
    delivery = await new_delivery(session, principal, dataset, wanted.period, area_code, intake.token_key_id)
    kind = rules.kind_of(wanted.mode, dataset.mode)
    if kind is None:
        raise ModeUnsupported(f"{dataset.code} takes no full lists")
    delivery.kind = kind
    delivery.is_strict, delivery.is_mode_given = wanted.strict, wanted.mode is not None
    if wanted.corrects is not None:
        await correct(session, delivery, str(wanted.corrects))
    session.add(delivery)
    await session.flush()
    return delivery_out(delivery, [])


async def take_as_correction(session: AsyncSession, delivery: Delivery, named: frozenset[str]) -> None:
    """Make an open delivery the correction that a part of it says it is.

    Args:
        named: The deliveries that the part's rows say they mend; none for rows that say nothing.

    Raises:
        MixedCorrection: the part mends something else than the delivery does, which may be nothing.
        CorrectsNothing: what it is to correct cannot be corrected.
    """
    if not named:
        if delivery.corrects is not None and not delivery.is_mode_given:
            raise MixedCorrection("the parts before are mended rows of another delivery")
        return
    others = named - {delivery.corrects}
    if not others:
        return
    has_more = delivery.corrects is not None or len(others) > 1
    is_something_else = delivery.is_mode_given and delivery.kind != "correction"
    if has_more or is_something_else or await store.parts_of(session, delivery.id):
        raise MixedCorrection("a file of mended rows is delivered by itself")
    await correct(session, delivery, next(iter(others)))


async def correct(session: AsyncSession, delivery: Delivery, corrects: str) -> None:
    """Make a delivery the correction of another one.

    Raises:
        CorrectsNothing: that is none of the same dataset, period, area and department, or it no longer counts.
    """
    mended = await session.get(Delivery, corrects)
    places = [(d.dataset, d.period, d.area_code, d.department) for d in (delivery, mended) if d is not None]
    if mended is None or places[0] != places[1] or mended.kind == "record":
        raise CorrectsNothing("no such delivery of the dataset, period and area")
    if mended.state not in _MENDABLE or mended.superseded_by is not None:
        raise CorrectsNothing("the delivery does not count any more", state=mended.state)
    delivery.kind, delivery.corrects = "correction", corrects


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
    return [path for part in parts for path in (part.path, beside(part.path), part.rejects_path) if path]


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

    A delivery for a wider area is also one for the caller's.

    Raises:
        UnknownDelivery: none, or not within the caller's reach.
    """
    found = await session.get(Delivery, delivery_id)
    is_foreign = found is not None and principal.department not in (None, found.department)
    is_near = found is not None and (
        principal.covers(found.area_code) or any(areas.is_within(own, found.area_code) for own in principal.areas)
    )
    if found is None or is_foreign or not is_near:
        raise UnknownDelivery("no such delivery within your reach")
    return found


async def list_page(session: AsyncSession, principal: Principal, wanted: DeliveryQuery) -> Page[DeliveryOut]:
    """Give a page of the deliveries that the caller may read, newest first."""
    read = read_cursor(wanted.cursor, datetime, UUID)
    before = (read[0], str(read[1])) if read else None
    found = await store.list_deliveries(session, principal, wanted, before)
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return Page(
        items=[delivery_out(delivery, []) for delivery in shown],
        next_cursor=encode_cursor([shown[-1].opened_at.isoformat(), shown[-1].id]) if more else None,
    )


def folder_of(delivery: Delivery) -> str:
    """Give a delivery's folder in the lake: dataset, month, area, delivery."""
    return f"{delivery.dataset}/{delivery.period}/{delivery.area_code}/{delivery.id}"


_MODES = {"full": "full", "increment": "incremental", "correction": "correction", "record": "record"}


def hold_of(delivery: Delivery) -> Hold | None:
    """Give why a held delivery is held, and who has to decide by when; `None` for any other."""
    if delivery.state != "held" or delivery.hold_due_on is None:
        return None
    return Hold(
        reasons=[HoldReason(**doubt, message=doubt_of(doubt)) for doubt in delivery.hold_reasons],
        owner_department=Department(delivery.department),
        owner_area=delivery.area_code,
        due_on=delivery.hold_due_on,
        is_overdue=delivery.hold_due_on < clock.today(),
    )


def receipt_of(delivery: Delivery) -> Receipt:
    """Give the receipt of a delivery that was committed; the same but for its state."""
    return Receipt.model_validate(
        delivery.model_dump()
        | {
            "delivery_id": delivery.id,
            "mode": _MODES[delivery.kind],
            "parts": delivery.part_count,
            "committed_at": delivery.closed_at,
            "hold": hold_of(delivery),
            "notes": [Note(code=note["code"], message=note_of(note)) for note in delivery.notes],
        }
    )


def part_out(part: DeliveryPart) -> PartOut:
    """Give a part's receipt; always the same."""
    return PartOut.model_validate(part, from_attributes=True)


async def with_refused(session: AsyncSession, shown: DeliveryOut) -> DeliveryOut:
    """Add the decisions about a delivery that were refused because another one came first."""
    refused = await conflicts.refused(session, store.DELIVERY, shown.id)
    return shown.model_copy(update={"refused": [RefusedOut.model_validate(each) for each in refused]})


def delivery_out(delivery: Delivery, parts: Sequence[DeliveryPart]) -> DeliveryOut:
    """Give a delivery as the API shows it."""
    return DeliveryOut.model_validate(
        delivery.model_dump()
        | {
            "strict": delivery.is_strict,
            "mode": _MODES[delivery.kind],
            "hold": hold_of(delivery),
            "receipt": receipt_of(delivery) if delivery.receipt_no is not None else None,
            "parts": [part_out(part) for part in parts],
        }
    )
