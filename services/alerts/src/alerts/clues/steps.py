"""Statements on single clues: what accepting, verifying and linking need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues.tables import Clue, VerificationRecord
from contracts.registry import EpisodeMoved
from contracts.vocabulary import ClueState


async def find_clue(session: AsyncSession, clue_id: str) -> Clue | None:
    """Give a clue as it is now; None when there is none."""
    return await session.get(Clue, clue_id, populate_existing=True)


async def finding_ids_of(session: AsyncSession, clue_id: str) -> list[str]:
    """Give the findings that a clue stands on, in order of arrival, the quiet ones included."""
    result = await session.execute(
        text(
            "SELECT finding_id FROM clue_source"
            " WHERE clue_id = CAST(:id AS uuid) AND finding_id IS NOT NULL ORDER BY id"
        ),
        {"id": clue_id},
    )
    return list(result.scalars())


async def has_open_clue(session: AsyncSession, household_id: str, risk_type: str) -> bool:
    """Tell whether the household has an open clue for the risk."""
    result = await session.execute(
        text("SELECT 1 FROM clue WHERE household_id = :household AND risk_type = :risk AND is_open"),
        {"household": household_id, "risk": risk_type},
    )
    return result.first() is not None


async def move_clue(session: AsyncSession, clue: Clue, state: ClueState, now: datetime, accepted_by: str) -> None:
    """Write a state change decided by the rules, with what the caller set on the clue besides."""
    clue.state = state.value
    clue.version += 1
    clue.updated_at = now
    clue.accepted_at = clue.accepted_at or now
    clue.accepted_by = accepted_by
    await session.flush()


async def insert_verification(session: AsyncSession, record: VerificationRecord) -> None:
    """Keep a verification as it was sent."""
    session.add(record)
    await session.flush()


async def attach_episodes(session: AsyncSession, episodes: Sequence[EpisodeMoved]) -> None:
    """Write episodes on the clue that began them and on the household's existing-case clues."""
    await session.execute(
        text(
            "UPDATE clue SET episode_id = e.id, version = version + 1"
            " FROM unnest(CAST(:ids AS text[]), CAST(:households AS text[]), CAST(:clues AS text[]))"
            "   AS e (id, household, clue)"
            " WHERE clue.household_id = e.household AND clue.episode_id IS NULL"
            "   AND (clue.id::text = e.clue OR clue.state = 'existing_case')"
        ),
        {
            "ids": [episode.episode_id for episode in episodes],
            "households": [episode.household_id for episode in episodes],
            "clues": [episode.clue_id for episode in episodes],
        },
    )


async def running_episode(session: AsyncSession, household_id: str) -> str | None:
    """Give the household's newest running episode."""
    result = await session.execute(
        text(
            "SELECT episode_id FROM episode WHERE household_id = :id AND NOT has_ended"
            " ORDER BY occurred_on DESC, episode_id DESC LIMIT 1"
        ),
        {"id": household_id},
    )
    return result.scalar_one_or_none()
