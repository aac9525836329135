"""Statements on the roster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import StaffChanged
from servicekit.db import Database

_KEEP = """
WITH kept AS (
    INSERT INTO staff AS s (staff_id, version, is_active, unit_kind, unit_area_code, department, appointments)
    SELECT staff_id, version, is_active, unit_kind, unit_area_code, department, appointments
    FROM json_to_recordset(CAST(:people AS json)) AS given (staff_id uuid, version int, is_active boolean,
        unit_kind text, unit_area_code text, department text, appointments json)
    ON CONFLICT (staff_id) DO UPDATE SET version = excluded.version, is_active = excluded.is_active,
        unit_kind = excluded.unit_kind, unit_area_code = excluded.unit_area_code, department = excluded.department,
        appointments = excluded.appointments, changed_at = now()
    WHERE s.version < excluded.version
    RETURNING staff_id
)
SELECT staff_id::text FROM kept
"""
_ACCOUNTS = """
INSERT INTO staff_account (staff_id, issuer, subject)
SELECT staff_id, issuer, subject
FROM json_to_recordset(CAST(:accounts AS json)) AS given (staff_id uuid, issuer text, subject text)
ON CONFLICT DO NOTHING
"""


async def keep(session: AsyncSession, people: Sequence[StaffChanged]) -> None:
    """Keep those that are newer than what is known, with their accounts; each person once."""
    given = [person.model_dump(mode="json") for person in people]
    rows = await session.execute(text(_KEEP), {"people": orjson.dumps(given).decode()})
    newer = set(rows.scalars())
    accounts = [
        {"staff_id": person.staff_id} | account.model_dump()
        for person in people
        if person.staff_id in newer
        for account in person.accounts
    ]
    await session.execute(
        text("DELETE FROM staff_account WHERE staff_id = ANY (CAST(:ids AS uuid[]))"), {"ids": sorted(newer)}
    )
    await session.execute(text(_ACCOUNTS), {"accounts": orjson.dumps(accounts).decode()})


async def of_account(session: AsyncSession, issuer: str, subject: str) -> Sequence[RowMapping]:
    """Give who has an account: one, nobody, or more than one while events are under way."""
    rows = await session.execute(
        text(
            "SELECT s.staff_id::text AS staff_id, s.version, s.is_active, s.appointments FROM staff_account a"
            " JOIN staff s USING (staff_id) WHERE a.issuer = :issuer AND a.subject = :subject LIMIT 2"
        ),
        {"issuer": issuer, "subject": subject},
    )
    return rows.mappings().all()


async def changed_versions(database: Database, within_s: float) -> dict[str, int]:
    """Give the version of those who changed lately: tokens of earlier ones may still be out."""
    rows: Sequence[Any] = await database.read(
        "SELECT staff_id::text, version FROM staff"
        " WHERE changed_at > now() - make_interval(secs => :within) AND version > 1",
        {"within": within_s},
    )
    return dict(rows)
