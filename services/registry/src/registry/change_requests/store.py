"""Queries of change requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.change_requests.tables import ChangeRequest
from registry.households.service import Household
from servicekit import conflicts

SUBJECT = "change_request"  # the kind of subject that an approval that came too late was about

_OTHER = """change_request o WHERE o.household_id = r.household_id AND o.id <> r.id AND r.state = 'proposed'
    AND o.state = 'proposed' AND (o.touches && (r.touches || r.rests_on) OR r.touches && o.rests_on)"""
CONTRADICTED = f"EXISTS (SELECT FROM {_OTHER})"
"""SQL condition that another open request contradicts the request `r`."""
CONTESTED = f"({CONTRADICTED} OR {conflicts.has_open(SUBJECT, 'r.id::text')})"
"""SQL condition that another request contradicts the request `r`, or that its approval came too late."""

_ROWS = f"""
SELECT r.id::text AS id, r.household_id::text AS household_id, h.hh_no, h.village_code AS area_code, r.kind, r.state,
    r.occurred_on, r.reason, r.evidence, r.shown AS content, r.seen_version, r.level, r.requested_by, r.requested_at,
    r.due_on, r.decided_by, r.decided_at, r.note, r.other_id::text AS other_id, r.applied_version,
    {CONTESTED} AS is_contested
FROM change_request r JOIN household h ON h.id = r.household_id"""
_COUNT = "SELECT count(*) FROM change_request r JOIN household h ON h.id = r.household_id"


async def get(session: AsyncSession, request_id: UUID, *, lock: bool = False) -> tuple[ChangeRequest, Household] | None:
    """Give a request with its household, or None; fresh from the database."""
    statement = (
        select(ChangeRequest, Household)
        .join(Household, col(Household.id) == col(ChangeRequest.household_id))
        .where(ChangeRequest.id == request_id)
        .execution_options(populate_existing=True)
    )
    found = (await session.execute(statement.with_for_update(of=ChangeRequest) if lock else statement)).first()
    return (found.ChangeRequest, found.Household) if found else None


async def row(session: AsyncSession, request_id: UUID) -> Row[Any]:
    """Give a request as it is shown."""
    return (await session.execute(text(f"{_ROWS} WHERE r.id = :id"), {"id": request_id})).one()


async def rows(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Give requests `r` of households `h` as they are shown, the newest first, `:limit` at most."""
    query = f"{_ROWS} WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT :limit"
    return (await session.execute(text(query), dict(values))).all()


async def count(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> int:
    """Count them."""
    counted = await session.execute(text(f"{_COUNT} WHERE {' AND '.join(conditions)}"), dict(values))
    return int(counted.scalar_one())


async def contradicting(session: AsyncSession, request_id: UUID) -> list[str]:
    """Give the ids of the open requests that contradict one."""
    found = await session.execute(
        text(f"SELECT o.id::text FROM change_request r, {_OTHER} AND r.id = :id ORDER BY o.id"), {"id": request_id}
    )
    return list(found.scalars())


async def sealed_otherwise(session: AsyncSession, prefix: str, after: str | None, limit: int) -> Sequence[Row[Any]]:
    """Give and lock the next `(id, sealed)` that are not sealed with the key of a prefix."""
    found = await session.execute(
        text(
            "SELECT id::text AS id, sealed FROM change_request WHERE NOT starts_with(sealed, :prefix)"
            " AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid)) ORDER BY id LIMIT :limit FOR UPDATE"
        ),
        {"prefix": prefix, "after": after, "limit": limit},
    )
    return found.all()


async def write_sealed(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store what was sealed again."""
    await session.execute(text("UPDATE change_request SET sealed = :sealed WHERE id = CAST(:id AS uuid)"), list(rows))


async def sealed_with(session: AsyncSession, prefix: str) -> int:
    """Count the requests that are sealed with the key of a prefix."""
    found = await session.execute(
        text("SELECT count(*) FROM change_request WHERE starts_with(sealed, :prefix)"), {"prefix": prefix}
    )
    return int(found.scalar_one())
