"""Queries of policy profiles."""

from __future__ import annotations

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.parameters import lineage
from registry.policy.tables import PolicyProfile
from servicekit import locks


async def lock_region(session: AsyncSession, region: str) -> None:
    """Let one writer at a time number the versions of a region."""
    await locks.lock_on(session, locks.LockOn.REGION, region)


async def versions(session: AsyncSession, region: str) -> list[PolicyProfile]:
    """Give every version of a region and its ancestors."""
    result = await session.execute(select(PolicyProfile).where(col(PolicyProfile.region).in_(lineage(region))))
    return list(result.scalars())


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
