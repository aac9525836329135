"""Use cases of scheduling: a record closes the county's duty of its period, and opens those of what it decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.scheduling import rules, store
from alerts.scheduling.problems import SchedulingClosed, SchedulingInvalid, SchedulingNotFound
from alerts.scheduling.rules import MONTH, QUARTER, Item, Period, Task, before, owed, period_of, period_with
from alerts.scheduling.schemas import (
    ItemOut,
    ResultIn,
    SchedulingIn,
    SchedulingOut,
    SchedulingPage,
    SchedulingQuery,
)
from alerts.scheduling.tables import Scheduling, SchedulingItem
from alerts.scheduling.texts import FAULTS
from contracts.errors import FieldError
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.paging import encode_cursor

__all__ = [
    "MONTH", "Period", "before", "calendar_job", "cancel", "finish", "list_page", "owed", "period_of", "period_with",
    "read", "read_item", "record",
]  # fmt: skip

log = structlog.get_logger(__name__)


async def record(session: AsyncSession, principal: Principal, said: SchedulingIn) -> SchedulingOut:
    """Keep what a meeting or an inspection decided; that of a county does its duty for the period.

    Raises:
        NotSupervisor, OutsideArea, SchedulingInvalid
    """
    access.require_supervisor(principal)
    principal.require_area(said.area_code)
    today, period = clock.today(), period_of(said.period)
    decided = [Item(item.area_code, item.department, item.due_on) for item in said.items]
    flaws = rules.flaws_of(said.area_code, period, said.held_on, decided, today)
    if flaws := [*flaws, *await _unfit(session, said)]:
        raise _invalid(flaws)
    kept = Scheduling(
        id=new_id(),
        recorded_on=today,
        recorded_by=principal.actor,
        recorded_at=clock.now(),
        **said.model_dump(exclude={"items"}),
    )
    session.add(kept)
    await session.flush()
    items = [
        SchedulingItem(id=new_id(), scheduling_id=kept.id, place=place, counts_from=today, **item.model_dump())
        for place, item in enumerate(said.items)
    ]
    session.add_all(items)
    await session.flush()
    await duties.take(session, [rules.item_duty(_task(item)) for item in items])
    await _follow_county(session, kept.area_code, period)
    return _shown(kept, items)


async def _unfit(session: AsyncSession, said: SchedulingIn) -> list[FieldError]:
    """Tell of whom is named for an item and may not have it in hand."""
    found = []
    for place, item in enumerate(said.items):
        if item.responsible is not None:
            kind = rules.ITEM_OF_DEPARTMENT if item.department else rules.ITEM_OF_TOWNSHIP
            held = duties.Held(kind, item.area_code, item.department, None)
            found.append(await duties.unfit_person(session, held, item.responsible, f"/items/{place}/responsible"))
    return [flaw for flaw in found if flaw]


async def cancel(session: AsyncSession, principal: Principal, record_id: str, reason: str) -> SchedulingOut:
    """Cancel a record that was made by mistake: what it decided is nobody's, and the county owes the period again.

    Raises:
        SchedulingNotFound, NotSupervisor
        SchedulingClosed: it is cancelled already.
    """
    access.require_supervisor(principal)
    kept = await _visible(session, principal, record_id, lock=True)
    if kept.cancelled_at is not None:
        raise SchedulingClosed("the record is cancelled")
    kept.cancelled_at, kept.cancelled_by, kept.cancelled_why = clock.now(), principal.actor, reason
    items = await store.items(session, [kept.id], lock=True)
    for item in (each for each in items if each.state == "open"):
        _close(item, principal, "cancelled")
    await session.flush()
    await duties.take(session, [rules.item_duty(_task(item)) for item in items])
    await _follow_county(session, kept.area_code, period_of(kept.period))
    return _shown(kept, items)


async def finish(session: AsyncSession, principal: Principal, item_id: str, said: ResultIn) -> ItemOut:
    """Keep that what was decided is done, as who is named for it or has its duty in hand.

    Raises:
        SchedulingNotFound, SchedulingInvalid
        SchedulingClosed: it is done or cancelled.
        NotYours, NotInHand, InOtherHands
    """
    item = await _visible_item(session, principal, item_id, lock=True)
    if item.state != "open":
        raise SchedulingClosed(f"the item is {item.state}", state=item.state)
    await duties.require_in_hand(session, principal, rules.item_duty_id(_task(item)), named=item.responsible)
    if said.done_on > clock.today():
        raise _invalid([FieldError.told(FAULTS, "done_on.future", "/done_on")])
    item.done_on, item.note = said.done_on, said.note
    _close(item, principal, "done")
    await session.flush()
    await duties.take(session, [rules.item_duty(_task(item))])
    return _shown_item(item)


def _close(item: SchedulingItem, principal: Principal, state: str) -> None:
    item.state, item.closed_on, item.closed_by = state, clock.today(), principal.actor
    item.version += 1


async def _follow_county(session: AsyncSession, area_code: str, period: Period) -> None:
    """Bring the duty of a county for a period to what is kept of it; what a township keeps does nobody's duty."""
    if areas.level_of(area_code) != "county":
        return
    policy = (await directory.policies(session, clock.today())).for_area(area_code)
    grace_days = policy.quarter_days if "Q" in period.name else policy.month_days
    kept = await store.kept(session, area_code, period.name)
    await duties.take(session, [rules.county_duty(area_code, period, kept, grace_days)])


def calendar_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that asks each county for the scheduling of the month and the inspection of the quarter."""

    async def ask_for_scheduling() -> None:
        async with database.transaction() as session:
            counties = await directory.counties(session)
        for county in counties:
            async with database.transaction() as session:
                for months in (MONTH, QUARTER):
                    for period in await _owed(session, county, months):
                        await _follow_county(session, county, period)
        log.info("scheduling.asked", counties=len(counties))

    return ask_for_scheduling


async def _owed(session: AsyncSession, county: str, months: int) -> Sequence[Period]:
    today = clock.today()
    ids = {}
    period = period_with(today, months)
    for _ in range(rules.LOOKED_BACK + 1):
        ids[rules.duty_id(county, period.name)] = period.name
        period = before(period)
    known = await store.asked(session, list(ids))
    return owed({ids[duty_id] for duty_id in known}, today, months)


async def read(session: AsyncSession, principal: Principal, record_id: str) -> SchedulingOut:
    """Give a record with what it decided.

    Raises:
        SchedulingNotFound
    """
    kept = await _visible(session, principal, record_id)
    return _shown(kept, await store.items(session, [kept.id]))


async def read_item(session: AsyncSession, principal: Principal, item_id: str) -> ItemOut:
    """Give something that was decided.

    Raises:
        SchedulingNotFound
    """
    return _shown_item(await _visible_item(session, principal, item_id))


async def list_page(
    session: AsyncSession, principal: Principal, wanted: SchedulingQuery, before_id: str | None
) -> SchedulingPage:
    """Give a page of the records of the caller's areas, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found, total = await store.page(session, principal, wanted, before=before_id, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    items = await store.items(session, [kept.id for kept in shown])
    return SchedulingPage(
        items=[_shown(kept, [item for item in items if item.scheduling_id == kept.id]) for kept in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


def _invalid(flaws: Sequence[FieldError]) -> SchedulingInvalid:
    return SchedulingInvalid(f"{len(flaws)} point(s) are missing or wrong", errors=list(flaws))


async def _visible(session: AsyncSession, principal: Principal, record_id: str, *, lock: bool = False) -> Scheduling:
    kept = await store.get(session, record_id, lock=lock)
    if kept is None or principal.department is not None or not principal.covers(kept.area_code):
        raise SchedulingNotFound("no such record within your reach")
    return kept


async def _visible_item(
    session: AsyncSession, principal: Principal, item_id: str, *, lock: bool = False
) -> SchedulingItem:
    item = await store.item(session, item_id, lock=lock)
    if item is None or not principal.covers(item.area_code) or principal.department not in (None, item.department):
        raise SchedulingNotFound("no such item within your reach")
    return item


def _task(item: SchedulingItem) -> Task:
    return Task(**{name: getattr(item, name) for name in Task.__slots__})


def _shown_item(item: SchedulingItem) -> ItemOut:
    return ItemOut.model_validate(
        item.model_dump()
        | {
            "is_overdue": item.state == "open" and item.due_on < clock.today(),
            "duty_id": rules.item_duty_id(_task(item)),
        }
    )


def _shown(kept: Scheduling, items: Sequence[SchedulingItem]) -> SchedulingOut:
    return SchedulingOut.model_validate(
        kept.model_dump()
        | {"is_late": kept.held_on > period_of(kept.period).last, "items": [_shown_item(item) for item in items]}
    )
