"""Queries about keys: which parts, deliveries and persons have values of which key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def next_rejects(session: AsyncSession, key_id: str, after: tuple[str, int] | None, limit: int) -> list[Row[Any]]:
    """Give the next parts whose rejected rows are kept and have another key: `(delivery_id, number, rejects_path)`."""
    found = await session.execute(
        text(
            "SELECT p.delivery_id, p.number, p.rejects_path"
            " FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            # Who the rows of an open delivery are about is sealed with its parts' key; it is committed in some hours.
            " WHERE p.rejects_path IS NOT NULL AND d.rejects_deleted_at IS NULL AND p.reject_key_id <> :key"
            " AND d.state <> 'open'"
            " AND (p.delivery_id, p.number) > (:delivery, :number) ORDER BY p.delivery_id, p.number LIMIT :limit"
        ),
        {"key": key_id, "delivery": after[0] if after else "", "number": after[1] if after else 0, "limit": limit},
    )
    return list(found.all())


async def move_rejects(
    session: AsyncSession, delivery_id: str, number: int, *, old_path: str, new_path: str, key_id: str
) -> bool:
    """Let a part name its rejected rows where they were sealed anew; false if they were deleted meanwhile."""
    moved = await session.execute(
        text(
            "UPDATE delivery_part p SET rejects_path = :new, reject_key_id = :key FROM delivery d"
            " WHERE p.delivery_id = :delivery AND p.number = :number AND p.rejects_path = :old"
            " AND d.id = p.delivery_id AND d.rejects_deleted_at IS NULL RETURNING 1"
        ),
        {"new": new_path, "key": key_id, "delivery": delivery_id, "number": number, "old": old_path},
    )
    return moved.first() is not None


async def count_rejects(session: AsyncSession, key_id: str) -> int:
    """Count the files of rejected rows that have a key."""
    found = await session.execute(
        text(
            "SELECT count(*) FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            " WHERE p.rejects_path IS NOT NULL AND d.rejects_deleted_at IS NULL AND p.reject_key_id = :key"
        ),
        {"key": key_id},
    )
    return int(found.scalar_one())


async def next_identities(session: AsyncSession, key_id: str, after: str, limit: int) -> list[Row[Any]]:
    """Give the next deliveries whose kept identities have another key: `(id, identities_path)`."""
    found = await session.execute(
        text(
            "SELECT id, identities_path FROM delivery WHERE identities_path IS NOT NULL AND rejects_deleted_at IS NULL"
            " AND identities_key_id IS DISTINCT FROM :key AND id > :after ORDER BY id LIMIT :limit"
        ),
        {"key": key_id, "after": after, "limit": limit},
    )
    return list(found.all())


async def move_identities(
    session: AsyncSession, delivery_id: str, *, old_path: str, new_path: str, key_id: str
) -> bool:
    """Let a delivery name its kept identities where they were sealed anew; false if they were deleted meanwhile."""
    moved = await session.execute(
        text(
            "UPDATE delivery SET identities_path = :new, identities_key_id = :key"
            " WHERE id = :delivery AND identities_path = :old AND rejects_deleted_at IS NULL RETURNING 1"
        ),
        {"new": new_path, "key": key_id, "delivery": delivery_id, "old": old_path},
    )
    return moved.first() is not None


async def count_identities(session: AsyncSession, key_id: str) -> int:
    """Count the files of kept identities that have a key, or one that is not on record."""
    found = await session.execute(
        text(
            "SELECT count(*) FROM delivery WHERE identities_path IS NOT NULL AND rejects_deleted_at IS NULL"
            " AND coalesce(identities_key_id, :key) = :key"
        ),
        {"key": key_id},
    )
    return int(found.scalar_one())


async def count_open_parts(session: AsyncSession, key_id: str) -> int:
    """Count the parts of open deliveries whose rows' identities have a key."""
    found = await session.execute(
        text(
            "SELECT count(*) FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            " WHERE d.state = 'open' AND p.accepted > 0 AND p.reject_key_id = :key"
        ),
        {"key": key_id},
    )
    return int(found.scalar_one())


async def count_deliveries(session: AsyncSession, key_id: str) -> int:
    """Count the deliveries whose rows were or may yet be tokenised with a key, and are kept."""
    found = await session.execute(
        text(
            "SELECT count(*) FROM delivery WHERE token_key_id = :key AND NOT is_nil"
            " AND (state = 'open' OR (state IN ('held', 'committed') AND rows_deleted_at IS NULL))"
        ),
        {"key": key_id},
    )
    return int(found.scalar_one())


async def count_without_tokens(
    session: AsyncSession, key_ids: Sequence[str], households: Sequence[str] | None
) -> dict[str, int]:
    """Count, for each key, the members of active households that have a number and no tokens of that key."""
    only = "" if households is None else " AND p.household_id = ANY(:households)"
    found = await session.execute(
        text(
            "SELECT k.key_id, (SELECT count(*) FROM directory_person p JOIN directory_household h USING (household_id)"
            f" WHERE h.status = 'active' AND p.id_token IS NOT NULL AND p.token_key_id <> k.key_id{only}"
            " AND NOT EXISTS (SELECT FROM directory_token t WHERE t.household_id = p.household_id"
            " AND t.person_id = p.person_id AND t.key_id = k.key_id)) AS persons"
            " FROM unnest(CAST(:keys AS text[])) AS k (key_id)"
        ),
        {"keys": list(key_ids)} | ({} if households is None else {"households": list(households)}),
    )
    return {row.key_id: row.persons for row in found}
