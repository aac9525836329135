"""Queries of the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.registry import StaffChanged
from contracts.vocabulary import StaffRole
from registry.roster.tables import Appointment, Staff, StaffAccount, Unit
from servicekit import outbox
from servicekit.event_sql import Each, Fields, json_object

_UNIT: Fields = {name: f"u.{name}" for name in ("id", "kind", "name", "area_code", "department")}
_UNIT_ROW: Fields = {**_UNIT, **{name: f"u.{name}" for name in ("is_active", "version", "updated_at", "updated_by")}}
_TERM_COLUMNS = (
    "id", "role", "unit_id", "area_code", "grid", "first_on", "last_on", "ended_why", "ended_by", "ended_at",
    "recorded_at", "recorded_by",
)  # fmt: skip
_RUNS = "a.first_on <= :day AND coalesce(a.last_on >= :day, true)"
_TERM: Fields = {name: f"a.{name}" for name in _TERM_COLUMNS} | {"unit_name": "au.name", "is_running": f"({_RUNS})"}
_PERSON: Fields = {
    **{name: f"s.{name}" for name in ("id", "staff_no", "name", "phone_masked", "is_active", "version")},
    "updated_at": "s.updated_at",
    "updated_by": "s.updated_by",
    "unit": _UNIT,
}
_ACCOUNT: Fields = {name: f"c.{name}" for name in ("id", "issuer", "subject", "linked_at", "linked_by")}
_ANNOUNCED: Fields = {
    "staff_id": "s.id",
    "version": "s.version",
    "is_active": "s.is_active",
    "unit_id": "u.id",
    "unit_kind": "u.kind",
    "unit_area_code": "u.area_code",
    "department": "u.department",
    "appointments": Each(
        {
            "appointment_id": "a.id",
            "role": "a.role",
            "unit_id": "a.unit_id",
            "department": "au.department",
            **{name: f"a.{name}" for name in ("area_code", "grid", "first_on", "last_on")},
        },
        "appointment a JOIN unit au ON au.id = a.unit_id WHERE a.staff_id = s.id",
        "a.first_on, a.id",
    ),
    "accounts": Each(
        {"issuer": "c.issuer", "subject": "c.subject"}, "staff_account c WHERE c.staff_id = s.id", "c.issuer"
    ),
}
_PEOPLE = "staff s JOIN unit u ON u.id = s.unit_id"

Clause = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Sight:
    """What of somebody a caller sees.

    Attributes:
        terms: Condition over the person's unit `u` and a term `a`.
        homes: Condition over a household `h` that is counted.
    """

    terms: str
    homes: str
    parameters: dict[str, Any]


async def area_level(session: AsyncSession, code: str) -> str | None:
    """Give the level of an area that is valid, None for one that is not."""
    found = await session.execute(
        text("SELECT level FROM area WHERE code = :code AND valid_to IS NULL"), {"code": code}
    )
    level: str | None = found.scalar()
    return level


async def unit(session: AsyncSession, unit_id: UUID, *, lock: bool = False, share: bool = False) -> Unit | None:
    """Give a unit, or None; locked to be changed, or shared by those who rely on its being active."""
    statement = select(Unit).where(Unit.id == unit_id).execution_options(populate_existing=True)
    if lock or share:
        statement = statement.with_for_update(read=share)
    return (await session.execute(statement)).scalar_one_or_none()


async def units(
    session: AsyncSession,
    conditions: Sequence[str],
    parameters: dict[str, Any],
    *,
    after: Sequence[str] | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    """Give units by area and id, and how many the conditions leave."""
    where = " AND ".join(conditions)
    count = await session.execute(text(f"SELECT count(*) FROM unit u WHERE {where}"), parameters)
    turned, more = _after(after, "u.area_code", "u.id")
    rows = await session.execute(
        text(
            f"SELECT {json_object(_UNIT_ROW)} FROM unit u WHERE {where} AND {turned}"
            " ORDER BY u.area_code, u.id LIMIT :limit"
        ),
        parameters | more | {"limit": limit},
    )
    return list(rows.scalars()), int(count.scalar_one())


async def is_in_use(session: AsyncSession, unit_id: UUID, day: date) -> bool:
    """Tell whether somebody active belongs to a unit, or a term for it is not over."""
    found = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM staff WHERE unit_id = :unit AND is_active) OR EXISTS"
            " (SELECT FROM appointment WHERE unit_id = :unit AND coalesce(last_on >= :day, true))"
        ),
        {"unit": unit_id, "day": day},
    )
    return bool(found.scalar_one())


def visible(own: str, term: str) -> str:
    """Give the condition that somebody concerns a caller: by the unit, or by a term.

    Args:
        own, term: The caller's areas over `u.area_code` and over `a.area_code`.
    """
    return f"({own} OR EXISTS (SELECT FROM appointment a WHERE a.staff_id = s.id AND {term}))"


async def people(
    session: AsyncSession, conditions: Sequence[str], parameters: dict[str, Any], shown: Sight, page: tuple[Any, int]
) -> tuple[list[dict[str, Any]], int]:
    """Give people by their unit's area and id with the terms that run on `:day`, and how many the conditions leave.

    Args:
        shown: What the caller sees of each.
        page: After which (area, id), and how many.
    """
    where, (after, limit) = " AND ".join(conditions), page
    count = await session.execute(text(f"SELECT count(*) FROM {_PEOPLE} WHERE {where}"), parameters)
    turned, more = _after(after, "u.area_code", "s.id")
    rows = await session.execute(
        text(
            f"SELECT {json_object(_seen(shown, f'{shown.terms} AND {_RUNS}'))}"
            f" FROM {_PEOPLE} WHERE {where} AND {turned} ORDER BY u.area_code, s.id LIMIT :limit"
        ),
        parameters | shown.parameters | more | {"limit": limit},
    )
    return list(rows.scalars()), int(count.scalar_one())


async def person(
    session: AsyncSession, staff_id: UUID, day: date, shown: Sight, *, only_running: bool
) -> dict[str, Any] | None:
    """Give somebody with terms and accounts, or None."""
    term = f"{shown.terms} AND {_RUNS}" if only_running else shown.terms
    accounts = Each(_ACCOUNT, "staff_account c WHERE c.staff_id = s.id", "c.issuer")
    found = await session.execute(
        text(f"SELECT {json_object({**_seen(shown, term), 'accounts': accounts})} FROM {_PEOPLE} WHERE s.id = :staff"),
        shown.parameters | {"staff": staff_id, "day": day},
    )
    document: dict[str, Any] | None = found.scalar()
    return document


def _workload(shown: Sight) -> str:
    return (
        "(SELECT count(*) FROM pairing p JOIN household h ON h.id = p.household_id WHERE p.staff_id = s.id"
        f" AND p.from_on <= :day AND coalesce(p.until_on > :day, true) AND {shown.homes})"
    )


def _seen(shown: Sight, terms: str) -> Fields:
    """Give somebody as a caller sees the person, with the terms of a condition."""
    source = f"appointment a JOIN unit au ON au.id = a.unit_id WHERE a.staff_id = s.id AND {terms}"
    return {**_PERSON, "appointments": Each(_TERM, source, "a.first_on, a.id"), "households": _workload(shown)}


def _after(after: Sequence[str] | None, area: str, key: str) -> Clause:
    if after is None:
        return "true", {}
    return f"({area}, {key}) > (:after_area, CAST(:after_id AS uuid))", {"after_area": after[0], "after_id": after[1]}


async def staff(session: AsyncSession, staff_id: UUID, *, lock: bool = False) -> tuple[Staff, Unit] | None:
    """Give somebody with the unit, or None; locked before anything of them is changed."""
    statement = (
        select(Staff, Unit)
        .join(Unit, col(Unit.id) == col(Staff.unit_id))
        .where(Staff.id == staff_id)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement.with_for_update(of=Staff) if lock else statement)).first()
    return (row.Staff, row.Unit) if row else None


async def hold(session: AsyncSession, staff_ids: Sequence[UUID]) -> None:
    """Lock people in the order of their ids."""
    await session.execute(
        text(
            "SELECT count(*) FROM (SELECT id FROM staff WHERE id = ANY(CAST(:ids AS uuid[]))"
            " ORDER BY id FOR UPDATE) held"
        ),
        {"ids": [str(each) for each in staff_ids]},
    )


async def has_term_in(session: AsyncSession, staff_id: UUID, clause: Clause) -> bool:
    """Tell whether somebody has, or had, a term in the caller's areas (over `a.area_code`)."""
    found = await session.execute(
        text(f"SELECT EXISTS (SELECT FROM appointment a WHERE a.staff_id = :staff AND {clause[0]})"),
        clause[1] | {"staff": staff_id},
    )
    return bool(found.scalar_one())


async def terms(session: AsyncSession, staff_id: UUID) -> list[Appointment]:
    """Give every term of somebody."""
    found = await session.execute(
        select(Appointment)
        .where(Appointment.staff_id == staff_id)
        .order_by(col(Appointment.first_on), col(Appointment.id))
        .execution_options(populate_existing=True)
    )
    return list(found.scalars())


async def term(session: AsyncSession, appointment_id: UUID) -> Appointment | None:
    """Give a term, or None."""
    statement = select(Appointment).where(Appointment.id == appointment_id).execution_options(populate_existing=True)
    return (await session.execute(statement)).scalar_one_or_none()


async def standing(session: AsyncSession, staff_ids: Sequence[str]) -> Sequence[Any]:
    """Give people with their terms: a row each, one without a role for somebody who never had any."""
    found = await session.execute(
        text(
            "SELECT s.id::text AS staff_id, s.is_active, a.role, a.area_code, a.first_on, a.last_on, a.grid,"
            " u.department FROM staff s LEFT JOIN appointment a ON a.staff_id = s.id"
            " LEFT JOIN unit u ON u.id = a.unit_id WHERE s.id = ANY(CAST(:ids AS uuid[])) ORDER BY s.id, a.first_on"
        ),
        {"ids": list(staff_ids)},
    )
    return found.all()


async def liaisons(session: AsyncSession, area_code: str, today: date) -> dict[str, str]:
    """Give the liaison of each department that has one for an area today: staff id by department."""
    found = await session.execute(
        text(
            "SELECT u.department, a.staff_id::text AS staff_id FROM appointment a JOIN unit u ON u.id = a.unit_id"
            " JOIN staff s ON s.id = a.staff_id WHERE s.is_active AND a.role = :role AND u.department IS NOT NULL"
            " AND a.first_on <= :today AND coalesce(a.last_on >= :today, true) AND starts_with(:area, a.area_prefix)"
            " ORDER BY a.area_prefix, a.first_on"
        ),
        {"role": StaffRole.LIAISON.value, "area": area_code, "today": today},
    )
    return {row.department: row.staff_id for row in found}


async def account(session: AsyncSession, staff_id: UUID, account_id: UUID) -> StaffAccount | None:
    """Give an account of somebody, or None."""
    found = await session.execute(
        select(StaffAccount).where(StaffAccount.id == account_id, StaffAccount.staff_id == staff_id)
    )
    return found.scalar_one_or_none()


async def announce(session: AsyncSession, staff_ids: Sequence[UUID]) -> None:
    """Announce people as they are now."""
    await outbox.add_select(
        session,
        StaffChanged,
        _ANNOUNCED,
        f"{_PEOPLE} WHERE s.id = ANY(CAST(:staff_ids AS uuid[])) ORDER BY s.id",
        {"staff_ids": [str(each) for each in staff_ids]},
    )


async def hold_next(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    """Give the people after an id, in order; nobody changes them until the transaction ends."""
    found = await session.execute(
        text(
            "SELECT id FROM staff WHERE CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid)"
            " ORDER BY id LIMIT :limit FOR SHARE"
        ),
        {"after": after, "limit": limit},
    )
    return list(found.scalars())


async def sealed_otherwise(session: AsyncSession, prefix: str, after: str | None, limit: int) -> list[Staff]:
    """Give people whose contact is sealed with another key than the one of a prefix, by id, and lock them."""
    found = await session.execute(
        select(Staff)
        .where(text("contact IS NOT NULL AND NOT starts_with(contact, :prefix)").bindparams(prefix=prefix))
        .where(text("CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid)").bindparams(after=after))
        .order_by(col(Staff.id))
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(found.scalars())


async def sealed_with(session: AsyncSession, prefix: str) -> int:
    """Count the people whose contact is sealed with the key of a prefix."""
    found = await session.execute(
        text("SELECT count(*) FROM staff WHERE starts_with(contact, :prefix)"), {"prefix": prefix}
    )
    return int(found.scalar_one())
