"""Queries of pairings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.pairings.tables import Pairing
from servicekit.event_sql import Fields, json_object

_SPAN = "p.from_on <= :today AND coalesce(p.until_on > :today, true)"
# A pairing helps while a term of the helper covers the household's village.
_SERVED = (
    "EXISTS (SELECT FROM appointment a WHERE a.staff_id = p.staff_id AND a.role = 'HELPER' AND a.first_on <= :today"
    " AND coalesce(a.last_on >= :today, true) AND starts_with(h.village_code, a.area_prefix))"
)
_PAIRING: Fields = {
    **{name: f"p.{name}" for name in ("id", "household_id", "staff_id", "from_on", "until_on", "why")},
    **{name: f"p.{name}" for name in ("ended_why", "ended_by", "ended_at", "recorded_at", "recorded_by")},
    "hh_no": "h.hh_no",
    "area_code": "h.village_code",
    "staff_name": "s.name",
    "is_current": f"({_SPAN})",
    "is_served": f"({_SPAN} AND {_SERVED})",
}
_PAIRED = "pairing p JOIN household h ON h.id = p.household_id JOIN staff s ON s.id = p.staff_id"
_LAST = (
    "LEFT JOIN LATERAL (SELECT p.staff_id, p.until_on FROM pairing p WHERE p.household_id = h.id"
    " ORDER BY p.from_on DESC, p.id DESC LIMIT 1) l ON true"
)
_ORPHAN: Fields = {
    "household_id": "h.id",
    "hh_no": "h.hh_no",
    "area_code": "h.village_code",
    "last_staff_id": "l.staff_id",
    "last_until_on": "l.until_on",
}
_ORPHANED = (
    "h.status = 'active' AND h.is_monitored"
    f" AND NOT EXISTS (SELECT FROM pairing p WHERE p.household_id = h.id AND {_SPAN} AND {_SERVED})"
)

Rows = tuple[list[dict[str, Any]], int]


async def _page(
    session: AsyncSession, shown: Fields, source: str, parameters: Mapping[str, Any], turn: tuple[str, str]
) -> Rows:
    """Give a page of JSON objects and how many there are in all.

    Args:
        turn: Condition after which the page begins, and its order; `:limit` is among the parameters.
    """
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), dict(parameters))
    rows = await session.execute(
        text(f"SELECT {json_object(shown)} FROM {source} AND {turn[0]} ORDER BY {turn[1]} LIMIT :limit"),
        dict(parameters),
    )
    return list(rows.scalars()), int(count.scalar_one())


async def pairings(session: AsyncSession, conditions: Sequence[str], parameters: Mapping[str, Any]) -> Rows:
    """Give pairings by id (the order in which they were told); `:after` is an id or null."""
    source = f"{_PAIRED} WHERE {' AND '.join(conditions)}"
    turn = "(CAST(:after AS uuid) IS NULL OR p.id > CAST(:after AS uuid))"
    return await _page(session, _PAIRING, source, parameters, (turn, "p.id"))


def current() -> str:
    """Give the condition that a pairing `p` runs on `:today`."""
    return f"({_SPAN})"


async def orphans(session: AsyncSession, conditions: Sequence[str], parameters: Mapping[str, Any]) -> Rows:
    """Give monitored households without a helper by village and id; `:after_area`, `:after` or null."""
    source = f"household h {_LAST} WHERE {' AND '.join([_ORPHANED, *conditions])}"
    turn = "(CAST(:after AS uuid) IS NULL OR (h.village_code, h.id) > (:after_area, CAST(:after AS uuid)))"
    return await _page(session, _ORPHAN, source, parameters, (turn, "h.village_code, h.id"))


async def one(session: AsyncSession, pairing_id: UUID, today: date) -> dict[str, Any] | None:
    """Give a pairing as it is shown, or None."""
    found = await session.execute(
        text(f"SELECT {json_object(_PAIRING)} FROM {_PAIRED} WHERE p.id = :id"), {"id": pairing_id, "today": today}
    )
    document: dict[str, Any] | None = found.scalar()
    return document


async def get(session: AsyncSession, pairing_id: UUID) -> Pairing | None:
    """Give a pairing, or None; fresh from the database."""
    statement = select(Pairing).where(Pairing.id == pairing_id).execution_options(populate_existing=True)
    return (await session.execute(statement)).scalar_one_or_none()


async def later_than(session: AsyncSession, household_id: UUID, day: date) -> list[Pairing]:
    """Give the pairings of a household that run on a day or later, by their beginning."""
    found = await session.execute(
        select(Pairing)
        .where(Pairing.household_id == household_id)
        .where(text("coalesce(until_on > greatest(from_on, CAST(:day AS date)), until_on IS NULL)").bindparams(day=day))
        .order_by(col(Pairing.from_on))
        .execution_options(populate_existing=True)
    )
    return list(found.scalars())


async def was_paired(session: AsyncSession, household_id: UUID, staff_id: UUID, day: date) -> bool:
    """Tell whether somebody helped a household on a day."""
    found = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM pairing WHERE household_id = :household AND staff_id = :staff"
            " AND from_on <= :day AND coalesce(until_on > :day, true))"
        ),
        {"household": household_id, "staff": staff_id, "day": day},
    )
    return bool(found.scalar_one())


async def held_from(session: AsyncSession, staff_id: UUID, day: date, *, lock: bool) -> Sequence[Any]:
    """Give the households that somebody helps on a day or later, by village and id; locked to hand them over.

    Rows have `household_id`, `hh_no`, `village_code`, `from_on`, `pairing_id`.
    """
    found = (
        "FROM pairing p JOIN household h ON h.id = p.household_id WHERE p.staff_id = :staff"
        " AND coalesce(p.until_on > greatest(p.from_on, CAST(:day AS date)), p.until_on IS NULL)"
    )
    parameters = {"staff": staff_id, "day": day}
    if lock:
        held = f"SELECT count(*) FROM (SELECT h.id {found} ORDER BY h.id FOR UPDATE OF h) held"
        await session.execute(text(held), parameters)
    rows = await session.execute(
        text(
            "SELECT h.id::text AS household_id, h.hh_no, h.village_code, p.from_on, p.id AS pairing_id"
            f" {found} ORDER BY h.village_code, h.id, p.from_on"
        ),
        parameters,
    )
    return rows.all()


async def hand_over(
    session: AsyncSession, moves: Sequence[Mapping[str, Any]], start: date, said: Mapping[str, Any]
) -> None:
    """End pairings the day before `start` and let the successors' begin then, or on the day of one still to begin.

    Args:
        moves: `pairing_id`, `new_id`, `household_id`, `staff_id` (the successor) of each.
        said: `why`, `at`, `by`.
    """
    columns = {
        name: [str(move[name]) for move in moves] for name in ("pairing_id", "new_id", "household_id", "staff_id")
    }
    parameters = columns | dict(said) | {"start": start}
    begins = await session.execute(
        text(
            "UPDATE pairing SET until_on = greatest(from_on, CAST(:start AS date)), version = version + 1,"
            " ended_why = :why, ended_at = :at, ended_by = :by"
            " WHERE id = ANY(CAST(:pairing_id AS uuid[])) RETURNING id::text, new.until_on, old.until_on"
        ),
        parameters,
    )
    days = {pairing: (begins_on, ends_on) for pairing, begins_on, ends_on in begins}  # an end that was planned stays
    await session.execute(
        text(
            "INSERT INTO pairing (id, household_id, staff_id, from_on, until_on, why, recorded_at, recorded_by,"
            " version)"
            " SELECT id, household, staff, day, ends, :why, :at, :by, 1 FROM unnest(CAST(:new_id AS uuid[]),"
            " CAST(:household_id AS uuid[]), CAST(:staff_id AS uuid[]), CAST(:days AS date[]), CAST(:ends AS date[]))"
            " AS n (id, household, staff, day, ends)"
        ),
        parameters
        | {"days": [days[each][0] for each in columns["pairing_id"]]}
        | {"ends": [days[each][1] for each in columns["pairing_id"]]},
    )


async def paired_after(session: AsyncSession, after: str | None, limit: int) -> list[str]:
    """Give the next households that ever had a helper; nobody changes them until the transaction ends."""
    found = await session.execute(
        text(
            "SELECT h.id::text FROM household h WHERE EXISTS (SELECT FROM pairing p WHERE p.household_id = h.id)"
            " AND (CAST(:after AS uuid) IS NULL OR h.id > CAST(:after AS uuid)) ORDER BY h.id LIMIT :limit FOR SHARE"
        ),
        {"after": after, "limit": limit},
    )
    return list(found.scalars())


def stamp(at: datetime, by: str, why: str) -> dict[str, Any]:
    """Give what every change of a pairing says of itself."""
    return {"at": at, "by": by, "why": why}
