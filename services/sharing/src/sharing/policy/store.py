"""Queries of policy profiles: every version is kept, so that old periods stay explainable."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from contracts.registry import PolicyProfileActivated
from sharing.policy.tables import PolicyProfile


async def upsert_profiles(session: AsyncSession, profiles: Sequence[PolicyProfileActivated]) -> None:
    """Keep profiles; the same version again replaces itself."""
    newest = {(profile.region, profile.version): profile.model_dump(mode="json") for profile in profiles}
    rows = [PolicyProfile.model_validate(profile).model_dump() for profile in newest.values()]
    if not rows:
        return
    statement = insert(PolicyProfile).values(rows)
    given = {name: statement.excluded[name] for name in ("effective_from", "source_document", "parameters")}
    await session.execute(statement.on_conflict_do_update(index_elements=["region", "version"], set_=given))


async def profiles(session: AsyncSession) -> list[PolicyProfile]:
    """Give every version of every region's profile; they are few."""
    return list((await session.execute(select(PolicyProfile))).scalars())
