"""Queries of policy profiles."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.policy.rules import Version, lineage
from registry.policy.tables import PolicyProfile


async def lock_region(session: AsyncSession, region: str) -> None:
    """Let one writer at a time number the versions of a region."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('policy:' || :region))"), {"region": region})


async def versions(session: AsyncSession, region: str) -> list[Version]:
    """Give the versions of a region and its ancestors."""
    result = await session.execute(
        select(col(PolicyProfile.region), col(PolicyProfile.version), col(PolicyProfile.effective_from)).where(
            col(PolicyProfile.region).in_(lineage(region))
        )
    )
    return [Version(row.region, row.version, row.effective_from) for row in result]


async def get(session: AsyncSession, version: Version) -> PolicyProfile:
    """Read a version that exists."""
    return await session.get_one(PolicyProfile, (version.region, version.version))


async def newest(session: AsyncSession, region: str) -> PolicyProfile | None:
    """Give the region's own version with the highest number."""
    result = await session.execute(
        select(PolicyProfile).where(PolicyProfile.region == region).order_by(col(PolicyProfile.version).desc()).limit(1)
    )
    return result.scalar_one_or_none()


async def waiting(session: AsyncSession, today: date) -> list[PolicyProfile]:
    """Lock and give the versions whose day has come and that were not announced yet, oldest first."""
    result = await session.execute(
        select(PolicyProfile)
        .where(col(PolicyProfile.activated_at).is_(None), PolicyProfile.effective_from <= today)
        .order_by(PolicyProfile.region, col(PolicyProfile.effective_from), col(PolicyProfile.version))
        .with_for_update(skip_locked=True)
    )
    return list(result.scalars())


async def activated(session: AsyncSession) -> list[PolicyProfile]:
    """Lock and give the versions that were activated, of each region the one in force last."""
    result = await session.execute(
        select(PolicyProfile)
        .where(col(PolicyProfile.activated_at).is_not(None))
        .order_by(PolicyProfile.region, col(PolicyProfile.effective_from), col(PolicyProfile.version))
        .with_for_update(read=True)
    )
    return list(result.scalars())


def mark_activated(profile: PolicyProfile, at: datetime) -> None:
    """Remember that a version was announced."""
    profile.activated_at = at
