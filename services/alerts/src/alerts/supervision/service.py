"""Use cases of the supervision list: a unit is put on it from above, and taken off by a second person.

Source: 对未能达到增收目标和存在减收风险的县(区)实行挂牌督办.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.supervision import rules, store
from alerts.supervision.problems import (
    SupervisionClosed,
    SupervisionNotFound,
    SupervisionPast,
    SupervisionSecondPerson,
)
from alerts.supervision.schemas import SupervisionIn, SupervisionOut, SupervisionPage, SupervisionQuery
from alerts.supervision.tables import Supervision
from servicekit import clock
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import encode_cursor


async def open_entry(session: AsyncSession, principal: Principal, said: SupervisionIn) -> SupervisionOut:
    """Put a unit on the list.

    Raises:
        NotSupervisor, SupervisionPast
        OutsideArea: the unit is not below the caller's.
    """
    access.require_supervisor(principal)
    principal.require_area(rules.seat_of(said.area_code, said.department))
    today = clock.today()
    if said.due_on < today:
        raise SupervisionPast("the deadline is over")
    entry = Supervision(
        id=new_id(),
        opened_on=today,
        opened_by=principal.actor,
        progress=[],
        updated_at=clock.now(),
        **said.model_dump(),
    )
    session.add(entry)
    await session.flush()
    return _shown(entry)


async def report(session: AsyncSession, principal: Principal, entry_id: str, text: str) -> SupervisionOut:
    """Keep how far a unit on the list is.

    Raises:
        SupervisionNotFound, NotSupervisor, SupervisionClosed
    """
    entry = await _supervised(session, principal, entry_id)
    said = {"at": clock.now().isoformat(), "by": principal.actor, "text": text}
    entry.progress, entry.updated_at = [*entry.progress, said], clock.now()
    await session.flush()
    return _shown(entry)


async def close(session: AsyncSession, principal: Principal, entry_id: str, why: str) -> SupervisionOut:
    """Take a unit off the list, as somebody else than who put it there.

    Raises:
        SupervisionNotFound, NotSupervisor, SupervisionClosed, SupervisionSecondPerson
    """
    entry = await _supervised(session, principal, entry_id)
    if entry.opened_by == principal.actor:
        raise SupervisionSecondPerson("who put a unit on the list does not take it off")
    entry.closed_on, entry.closed_by, entry.closed_why = clock.today(), principal.actor, why
    entry.updated_at = clock.now()
    await session.flush()
    return _shown(entry)


async def read(session: AsyncSession, principal: Principal, entry_id: str) -> SupervisionOut:
    """Give an entry of the list.

    Raises:
        SupervisionNotFound
    """
    return _shown(await _visible(session, principal, entry_id))


async def list_page(
    session: AsyncSession, principal: Principal, wanted: SupervisionQuery, before: str | None
) -> SupervisionPage:
    """Give a page of the list as the caller may see it, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found, total = await store.page(session, principal, wanted, before=before, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    return SupervisionPage(
        items=[_shown(entry) for entry in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


async def _supervised(session: AsyncSession, principal: Principal, entry_id: str) -> Supervision:
    """Give an open entry for whoever is above its unit."""
    access.require_supervisor(principal)
    entry = await _visible(session, principal, entry_id, lock=True)
    if not principal.covers(rules.seat_of(entry.area_code, entry.department)):
        raise SupervisionNotFound("nobody acts on the entry of their own unit")
    if entry.closed_on is not None:
        raise SupervisionClosed("the entry is closed")
    return entry


async def _visible(session: AsyncSession, principal: Principal, entry_id: str, *, lock: bool = False) -> Supervision:
    entry = await store.get(session, entry_id, lock=lock)
    if entry is None or not principal.covers(entry.area_code) or principal.department not in (None, entry.department):
        raise SupervisionNotFound("no such entry within your reach")
    return entry


def _shown(entry: Supervision) -> SupervisionOut:
    is_overdue = entry.closed_on is None and entry.due_on < clock.today()
    return SupervisionOut.model_validate(entry.model_dump() | {"is_overdue": is_overdue})
