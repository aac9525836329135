"""Who helps a household, as far as a change of the household touches it: one that has ended has no helper."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import PairingChanged
from servicekit import clock, outbox
from servicekit.event_sql import Each, Fields
from servicekit.persons import one_form

_ANNOUNCED: Fields = {
    "household_id": "h.id",
    "version": "(SELECT sum(p.version) FROM pairing p WHERE p.household_id = h.id)",
    "helpers": Each(
        {"pairing_id": "p.id", "staff_id": "p.staff_id", "from_on": "p.from_on", "until_on": "p.until_on"},
        "pairing p WHERE p.household_id = h.id AND coalesce(p.until_on > greatest(p.from_on, :today), true)",
        "p.from_on",
    ),
}
# Whoever would have begun later never does: until then is from then.
_CLOSE = """
UPDATE pairing p SET until_on = greatest(p.from_on, :today), version = p.version + 1,
    ended_why = :why, ended_at = :at,
    ended_by = (SELECT r.replaced_by FROM household_history r WHERE r.household_id = h.id AND r.version = h.version - 1)
FROM household h
WHERE h.id = p.household_id AND h.id IN ({source}) AND h.status <> 'active' AND coalesce(p.until_on > :today, true)
"""
_ENDED_WHY = "该户已不在册 / the household is no longer registered"


async def announce_helpers(session: AsyncSession, source: str, ids: dict[str, Any]) -> None:
    """Announce who helps the households that `source` selects, from today on."""
    await outbox.add_select(
        session,
        PairingChanged,
        _ANNOUNCED,
        f"household h WHERE h.id IN ({source}) ORDER BY h.id",
        ids | {"today": clock.today()},
    )


async def helper_of(session: AsyncSession, household_id: str) -> str | None:
    """Give who helps a household today, as a person is named; None if nobody does."""
    found = await session.execute(
        text(
            "SELECT staff_id FROM pairing WHERE household_id = CAST(:id AS uuid) AND from_on <= :today"
            " AND coalesce(until_on > :today, true) ORDER BY from_on, id LIMIT 1"
        ),
        {"id": household_id, "today": clock.today()},
    )
    staff_id = found.scalar()
    return one_form(str(staff_id)) if staff_id else None


async def release_ended(session: AsyncSession, source: str, ids: dict[str, Any]) -> None:
    """End the pairings of those of the households, which are locked, that are no longer registered."""
    at = {"at": clock.now(), "today": clock.today(), "why": _ENDED_WHY}
    closed: Any = await session.execute(text(_CLOSE.format(source=source)), ids | at)
    if closed.rowcount:
        ended = f"SELECT p.household_id FROM pairing p WHERE p.household_id IN ({source}) AND p.ended_at = :at"
        await announce_helpers(session, ended, ids | {"at": at["at"]})
