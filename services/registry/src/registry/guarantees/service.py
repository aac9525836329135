"""Use cases of the four statuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Guarantee
from registry.guarantees import store
from registry.guarantees.rules import settle
from registry.guarantees.schemas import CurrentStatus, StatusesIn, StatusesOut, StatusOut
from registry.guarantees.timeline import TIMELINE as TIMELINE
from registry.households import service as households
from servicekit import clock
from servicekit.auth import Principal
from servicekit.problems import FieldError

__all__ = ["TIMELINE", "StatusesIn", "current", "found_at_visit", "put", "show"]


async def put(session: AsyncSession, principal: Principal, household_id: str, body: StatusesIn) -> StatusesOut:
    """Record the statuses that were checked as new versions; what was checked last is current, whenever it is told.

    Raises:
        HouseholdNotFound, HouseholdEnded
        HouseholdInvalid: a check in the future.
    """
    await households.require_active(session, principal, household_id, lock=True)
    today = clock.today()
    errors = [
        FieldError(pointer=f"/statuses/{kind}/checked_on", code="checked_on.range", detail="a date in the future")
        for kind, status in body.statuses.items()
        if status.checked_on > today
    ]
    if errors:
        raise households.HouseholdInvalid("a check cannot be in the future", errors=errors)
    found = {kind.value: status.model_dump() for kind, status in sorted(body.statuses.items())}
    async with households.changing(session, [household_id], cause="statuses", by=principal.actor):
        await store.record(session, UUID(household_id), found, at=clock.now(), by=principal.actor)
    return await show(session, principal, household_id)


async def found_at_visit(
    session: AsyncSession, household_id: str, safe: Mapping[str, bool], *, on: date, by: str, note: str
) -> None:
    """Record what a visit of another feature found, by kind of status; `note` says which. The caller has the lock."""
    found = {kind: {"is_safe": is_safe, "checked_on": on, "note": note} for kind, is_safe in sorted(safe.items())}
    async with households.changing(session, [household_id], cause="statuses", by=by):
        await store.record(session, UUID(household_id), found, at=clock.now(), by=by)


async def show(session: AsyncSession, principal: Principal, household_id: str) -> StatusesOut:
    """Give the current statuses and their history, of visits and of departments' data."""
    await households.require(session, principal, household_id)
    rows = await _told(session, household_id)
    return StatusesOut(
        current={
            Guarantee(kind): CurrentStatus(**newest.model_dump(), contradicts=others)
            for kind, (newest, others) in _settled(rows).items()
        },
        history=rows,
    )


async def current(session: AsyncSession, household_id: str) -> dict[str, bool]:
    """Give the current statuses that are known: True is safe."""
    settled = _settled(await _told(session, household_id))
    return {kind: newest.is_safe for kind, (newest, _) in settled.items()}


async def _told(session: AsyncSession, household_id: str) -> list[StatusOut]:
    found, claimed = await store.history(session, UUID(household_id)), await store.claims(session, UUID(household_id))
    return [
        *(StatusOut.model_validate(row.model_dump()) for row in found),
        *(StatusOut.model_validate(row.model_dump() | {"recorded_by": row.source}) for row in claimed),
    ]


def _settled(rows: list[StatusOut]) -> dict[str, tuple[StatusOut, list[StatusOut]]]:
    return settle(row for row in rows if row.superseded_at is None)
