"""Queries of attachments; the bytes are read only where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.attachments.tables import Attachment

_SHOWN = "SELECT sha256, media_type, size_bytes, kept_at, kept_by FROM attachment WHERE household_id = :household_id"


async def shown(session: AsyncSession, household_id: UUID, sha256: str) -> Row[Any] | None:
    """Give what is told about an attachment, or None."""
    place = {"household_id": household_id, "sha256": sha256}
    return (await session.execute(text(f"{_SHOWN} AND sha256 = :sha256"), place)).one_or_none()


async def of_household(session: AsyncSession, household_id: UUID) -> Sequence[Row[Any]]:
    """Give what is told about a household's attachments, in the order in which they came."""
    found = await session.execute(text(f"{_SHOWN} ORDER BY kept_at, sha256"), {"household_id": household_id})
    return found.all()


async def whole(session: AsyncSession, household_id: UUID, sha256: str) -> Attachment | None:
    """Give an attachment with its sealed bytes, or None."""
    return await session.get(Attachment, (household_id, sha256))


async def count(session: AsyncSession, household_id: UUID) -> int:
    """Count the attachments of a household."""
    counted = select(func.count()).select_from(Attachment).where(col(Attachment.household_id) == household_id)
    return int((await session.execute(counted)).scalar_one())


async def known(session: AsyncSession, household_id: UUID, hashes: Sequence[str]) -> set[str]:
    """Give those of some hashes that the household has."""
    found = await session.execute(
        select(Attachment.sha256).where(Attachment.household_id == household_id, col(Attachment.sha256).in_(hashes))
    )
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
