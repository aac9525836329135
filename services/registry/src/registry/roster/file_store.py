"""Statements of files of the roster: what the rows of a chunk may meet, and what becomes of them, set by set."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import array_text

_UNITS = """
SELECT id, kind, name, area_code, department FROM unit u
WHERE u.is_active AND {own} AND (u.name = ANY(CAST(:names AS text[])) OR (u.department IS NOT NULL
    AND u.area_code = ANY(CAST(:areas AS text[]))))
ORDER BY u.id FOR SHARE
"""
_PEOPLE = """
SELECT s.id, s.staff_no, s.name, s.unit_id, s.is_active, s.contact, ({own}) AS is_own
FROM staff s JOIN unit u ON u.id = s.unit_id
WHERE s.staff_no = ANY(CAST(:numbers AS text[]))
   OR (s.name = ANY(CAST(:names AS text[])) AND u.name = ANY(CAST(:units AS text[])) AND {own})
ORDER BY s.id FOR UPDATE OF s
"""
_TERMS = """
SELECT id, staff_id, unit_id, role, area_code, grid, first_on, last_on FROM appointment
WHERE staff_id = ANY(CAST(:people AS uuid[]))
   OR (unit_id = ANY(CAST(:units AS uuid[])) AND role = ANY(CAST(:roles AS text[])))
ORDER BY first_on, id
"""
_ACCOUNTS = """
SELECT c.staff_id, c.issuer, c.subject FROM staff_account c
WHERE c.staff_id = ANY(CAST(:people AS uuid[])) OR c.subject = ANY(CAST(:subjects AS text[]))
"""
_VALID = "SELECT code FROM area WHERE valid_to IS NULL AND code = ANY(CAST(:codes AS text[]))"

_ROWS = "FROM jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS jsonb)) ORDER BY id"
_KEEP = {
    "unit": "INSERT INTO unit (id, kind, name, area_code, department, is_active, version, updated_at, updated_by)"
    f" SELECT id, kind, name, area_code, department, true, 1, :at, :by {_ROWS.format(table='unit')}",
    "staff": "INSERT INTO staff AS s (id, staff_no, name, phone_masked, contact, unit_id, is_active, version,"
    " updated_at, updated_by) SELECT id, staff_no, name, phone_masked, contact, unit_id, true, 1, :at, :by"
    f" {_ROWS.format(table='staff')}"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone_masked = excluded.phone_masked,"
    " contact = excluded.contact, unit_id = excluded.unit_id, version = s.version + 1, updated_at = :at,"
    " updated_by = :by",
    "staff_account": "INSERT INTO staff_account (id, staff_id, issuer, subject, linked_at, linked_by)"
    f" SELECT id, staff_id, issuer, subject, :at, :by {_ROWS.format(table='staff_account')}",
    "appointment": "INSERT INTO appointment AS a (id, staff_id, unit_id, role, area_code, grid, first_on, last_on,"
    " recorded_at, recorded_by) SELECT id, staff_id, unit_id, role, area_code, grid, first_on, last_on, :at, :by"
    f" {_ROWS.format(table='appointment')}",
    "ended": "UPDATE appointment a SET last_on = r.last_on, ended_why = :why, ended_at = :at, ended_by = :by"
    " FROM jsonb_populate_recordset(CAST(NULL AS appointment), CAST(:rows AS jsonb)) r WHERE a.id = r.id",
}


async def units(
    session: AsyncSession, own: tuple[str, dict[str, Any]], names: Collection[str], areas: Collection[str]
) -> Sequence[Any]:
    """Give the active units of these names, and the departments of these areas, within the caller's areas."""
    values = own[1] | {"names": array_text(names), "areas": array_text(areas)}
    return (await session.execute(text(_UNITS.format(own=own[0])), values)).all()


async def people(
    session: AsyncSession,
    own: tuple[str, dict[str, Any]],
    numbers: Collection[str],
    names: Collection[str],
    unit_names: Collection[str],
) -> Sequence[Any]:
    """Give the people of these numbers, and those of these names in units of these names; they are locked."""
    values = {"numbers": array_text(numbers), "names": array_text(names), "units": array_text(unit_names)}
    return (await session.execute(text(_PEOPLE.format(own=own[0])), own[1] | values)).all()


async def terms(
    session: AsyncSession, staff_ids: Sequence[UUID], unit_ids: Sequence[UUID], roles: Collection[str]
) -> Sequence[Any]:
    """Give the terms of people, and those in some roles of units."""
    values = {"people": [str(each) for each in staff_ids], "units": [str(each) for each in unit_ids]}
    return (await session.execute(text(_TERMS), values | {"roles": array_text(roles)})).all()


async def accounts(session: AsyncSession, staff_ids: Sequence[UUID], subjects: Collection[str]) -> Sequence[Any]:
    """Give the accounts of people, and those of these subjects."""
    values = {"people": [str(each) for each in staff_ids], "subjects": array_text(subjects)}
    return (await session.execute(text(_ACCOUNTS), values)).all()


async def valid(session: AsyncSession, codes: Collection[str]) -> set[str]:
    """Give those of the codes that are valid areas."""
    return set((await session.execute(text(_VALID), {"codes": array_text(codes)})).scalars())


async def keep(session: AsyncSession, what: str, rows: Sequence[dict[str, Any]], **values: Any) -> None:
    """Write rows of a kind: `unit`, `staff`, `staff_account`, `appointment`, or `ended` terms."""
    if rows:
        await session.execute(text(_KEEP[what]), {"rows": orjson.dumps(rows).decode(), **values})
