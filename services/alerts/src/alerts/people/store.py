"""Statements on people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import StaffChanged
from servicekit.db import any_of, array_text

_COLUMNS = "staff_id, version, is_active, department, appointments"
_UPSERT = f"""
INSERT INTO staff AS kept ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(CAST(NULL AS staff), CAST(:rows AS jsonb)) ORDER BY staff_id
ON CONFLICT (staff_id) DO UPDATE SET version = excluded.version, is_active = excluded.is_active,
    department = excluded.department, appointments = excluded.appointments
WHERE kept.version < excluded.version
"""


async def upsert(session: AsyncSession, people: Collection[StaffChanged]) -> None:
    """Keep the newest of each person."""
    wanted = set(_COLUMNS.split(", "))
    rows = orjson.dumps([person.model_dump(mode="json", include=wanted) for person in people]).decode()
    await session.execute(text(_UPSERT), {"rows": rows})


async def of(session: AsyncSession, staff_ids: Collection[str]) -> Sequence[Any]:
    """Give those of the people who are known: `staff_id`, `is_active`, `appointments`."""
    result = await session.execute(
        text(f"SELECT staff_id, is_active, appointments FROM staff WHERE staff_id = {any_of('ids')}"),
        {"ids": array_text(sorted(staff_ids))},
    )
    return result.all()
