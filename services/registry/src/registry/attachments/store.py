"""Queries of attachments; the bytes are read only where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.attachments.tables import Attachment

# A household has what those had that were merged into it, under the ids that their bytes are sealed for.
_HOMES = """WITH RECURSIVE home (id) AS (
    SELECT CAST(:household_id AS uuid) UNION SELECT h.id FROM household h JOIN home ON h.merged_into = home.id)
"""
_SHOWN = f"""{_HOMES}SELECT * FROM (
    SELECT DISTINCT ON (a.sha256) a.sha256, a.media_type, a.size_bytes, a.kept_at, a.kept_by, coalesce((
        SELECT jsonb_agg(jsonb_build_object('kind', u.kind, 'id', u.subject_id) ORDER BY u.named_at, u.subject_id)
        FROM attachment_use u JOIN home ON u.household_id = home.id WHERE u.sha256 = a.sha256), '[]') AS named_by
    FROM attachment a JOIN home ON a.household_id = home.id
    WHERE CAST(:sha256 AS text) IS NULL OR a.sha256 = :sha256 ORDER BY a.sha256, a.kept_at) shown
ORDER BY kept_at, sha256
"""
# Whoever names one holds it, so that nobody takes it back meanwhile.
_HELD = f"""{_HOMES}SELECT a.sha256 FROM attachment a JOIN home ON a.household_id = home.id
WHERE a.sha256 = ANY(CAST(:hashes AS text[])) ORDER BY a.sha256 FOR KEY SHARE OF a
"""
_USED = """INSERT INTO attachment_use (household_id, sha256, kind, subject_id, named_at)
SELECT CAST(:household_id AS uuid), unnest(CAST(:hashes AS text[])), :kind, :subject_id, :at ON CONFLICT DO NOTHING
"""
_TAKEN_BACK = """INSERT INTO attachment_removal
    (id, household_id, sha256, media_type, size_bytes, kept_at, removed_at, removed_by)
SELECT uuidv7(), household_id, sha256, media_type, size_bytes, kept_at, :at, kept_by
FROM attachment WHERE household_id = CAST(:home AS uuid) AND sha256 = :sha256
"""


async def shown(session: AsyncSession, household_id: UUID, sha256: str) -> Row[Any] | None:
    """Give what is told about an attachment, or None."""
    place = {"household_id": household_id, "sha256": sha256}
    return (await session.execute(text(_SHOWN), place)).one_or_none()


async def of_household(session: AsyncSession, household_id: UUID) -> Sequence[Row[Any]]:
    """Give what is told about a household's attachments, in the order in which they came."""
    return (await session.execute(text(_SHOWN), {"household_id": household_id, "sha256": None})).all()


async def removed(session: AsyncSession, household_id: UUID) -> Sequence[Row[Any]]:
    """Give what was taken back, in that order."""
    query = f"{_HOMES}SELECT r.* FROM attachment_removal r JOIN home ON r.household_id = home.id ORDER BY r.removed_at"
    return (await session.execute(text(query), {"household_id": household_id})).all()


async def whole(session: AsyncSession, household_id: UUID, sha256: str) -> Attachment | None:
    """Give an attachment with its sealed bytes, or None."""
    query = f"{_HOMES}SELECT a.household_id FROM attachment a JOIN home ON a.household_id = home.id"
    query += " WHERE a.sha256 = :sha256 ORDER BY a.kept_at LIMIT 1"
    home = (await session.execute(text(query), {"household_id": household_id, "sha256": sha256})).scalar_one_or_none()
    return None if home is None else await session.get(Attachment, (home, sha256))


async def lock(session: AsyncSession, household_id: UUID, sha256: str) -> UUID | None:
    """Lock an attachment against whoever would name it; give the household that its bytes are sealed for, or None."""
    query = f"{_HOMES}SELECT a.household_id FROM attachment a JOIN home ON a.household_id = home.id"
    query += " WHERE a.sha256 = :sha256 ORDER BY a.kept_at LIMIT 1 FOR UPDATE OF a"
    found = await session.execute(text(query), {"household_id": household_id, "sha256": sha256})
    return found.scalar_one_or_none()


async def take_back(session: AsyncSession, home: UUID, sha256: str, at: datetime) -> None:
    """Delete an attachment, and keep that there was one."""
    await session.execute(text(_TAKEN_BACK), {"home": home, "sha256": sha256, "at": at})
    place = (col(Attachment.household_id) == home, col(Attachment.sha256) == sha256)
    await session.execute(delete(Attachment).where(*place))


async def use(
    session: AsyncSession, household_id: UUID, hashes: Sequence[str], subject: tuple[str, str], at: datetime
) -> None:
    """Keep that something names attachments, which the caller holds; `subject` is its kind and id."""
    named = {"household_id": household_id, "hashes": list(hashes), "kind": subject[0], "subject_id": subject[1]}
    await session.execute(text(_USED), named | {"at": at})


async def count(session: AsyncSession, household_id: UUID) -> int:
    """Count the attachments of a household."""
    counted = select(func.count()).select_from(Attachment).where(col(Attachment.household_id) == household_id)
    return int((await session.execute(counted)).scalar_one())


async def hold(session: AsyncSession, household_id: UUID, hashes: Sequence[str]) -> set[str]:
    """Give those of some hashes that the household has; nobody takes them back before the transaction ends."""
    found = await session.execute(text(_HELD), {"household_id": household_id, "hashes": list(hashes)})
    return set(found.scalars())


async def sealed_otherwise(
    session: AsyncSession, prefix: str, after: tuple[str | None, str], limit: int
) -> Sequence[Row[Any]]:
    """Give and lock the next `(household_id, sha256, sealed_key)` whose key is not sealed with the one of a prefix."""
    household_id, sha256 = after
    found = await session.execute(
        text(
            "SELECT household_id, sha256, sealed_key FROM attachment WHERE NOT starts_with(sealed_key, :prefix)"
            " AND (CAST(:household_id AS uuid) IS NULL"
            " OR (household_id, sha256) > (CAST(:household_id AS uuid), CAST(:sha256 AS text)))"
            " ORDER BY household_id, sha256 LIMIT :limit FOR UPDATE"
        ),
        {"prefix": prefix, "household_id": household_id, "sha256": sha256, "limit": limit},
    )
    return found.all()


async def write_keys(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store keys as they were sealed again."""
    await session.execute(
        text("UPDATE attachment SET sealed_key = :sealed_key WHERE household_id = :household_id AND sha256 = :sha256"),
        list(rows),
    )


async def sealed_with(session: AsyncSession, prefix: str) -> int:
    """Count the attachments whose key is sealed with the one of a prefix."""
    found = await session.execute(
        text("SELECT count(*) FROM attachment WHERE starts_with(sealed_key, :prefix)"), {"prefix": prefix}
    )
    return int(found.scalar_one())
