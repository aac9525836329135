"""Queries of policy profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.parameters import lineage
from registry.policy.tables import PolicyProfile, PolicyProposal
from servicekit import locks


async def lock_region(session: AsyncSession, region: str) -> None:
    """Let one writer at a time number the versions of a region."""
    await locks.lock_on(session, locks.LockOn.REGION, region)


async def versions(session: AsyncSession, *regions: str) -> list[PolicyProfile]:
    """Give every version of regions and their ancestors."""
    places = {place for region in regions for place in lineage(region)}
    result = await session.execute(select(PolicyProfile).where(col(PolicyProfile.region).in_(places)))
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


async def proposal(session: AsyncSession, proposal_id: UUID) -> PolicyProposal | None:
    """Lock and give a proposal."""
    return await session.get(PolicyProposal, proposal_id, with_for_update=True, populate_existing=True)


async def open_proposals(session: AsyncSession, region: str, by: str) -> list[PolicyProposal]:
    """Give what somebody proposed for a region, which is locked, and nobody has decided."""
    result = await session.execute(
        select(PolicyProposal).where(
            PolicyProposal.region == region, PolicyProposal.proposed_by == by, PolicyProposal.state == "open"
        )
    )
    return list(result.scalars())


async def proposals(session: AsyncSession, conditions: Sequence[str], values: dict[str, Any]) -> list[PolicyProposal]:
    """Give proposals `p`, the newest first, `:limit` at most."""
    query = f"SELECT p.* FROM policy_proposal p WHERE {' AND '.join(conditions)} ORDER BY p.id DESC LIMIT :limit"
    result = await session.execute(select(PolicyProposal).from_statement(text(query).bindparams(**values)))
    return list(result.scalars())
