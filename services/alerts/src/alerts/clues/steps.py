"""Statements on single clues: what accepting, verifying and linking need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues.tables import Clue, VerificationRecord
from contracts.registry import EpisodeMoved
from contracts.vocabulary import ClueState
from servicekit import clock, persons


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


async def touch_clue(session: AsyncSession, clue: Clue, now: datetime) -> None:
    """Give a clue its next version because something was noted on it, and nothing else."""
    clue.version += 1
    clue.updated_at = now
    await session.flush()


async def was_visited_after(session: AsyncSession, clue_id: str, day: date) -> bool:
    """Tell whether a visit that happened after a day is recorded already."""
    result = await session.execute(
        text("SELECT 1 FROM verification WHERE clue_id = CAST(:id AS uuid) AND visited_on > :day LIMIT 1"),
        {"id": clue_id, "day": day},
    )
    return result.first() is not None


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


async def verification(session: AsyncSession, verification_id: str) -> VerificationRecord:
    """Give a verification that is known to be there."""
    return await session.get_one(VerificationRecord, verification_id)


async def hands_on(session: AsyncSession, clue_id: str) -> set[str]:
    """Give everybody behind a clue: who reported it or came along, who recorded a verification or is named in one."""
    result = await session.execute(
        text(
            "SELECT unnest(recorded_by || verifiers) FROM verification WHERE clue_id = CAST(:id AS uuid) UNION"
            " SELECT unnest(reported_by || visitors) FROM clue_source WHERE clue_id = CAST(:id AS uuid)"
        ),
        {"id": clue_id},
    )
    return {persons.one_form(name) for name in result.scalars() if name is not None}


async def exclusions_of(session: AsyncSession, town: str, today: date) -> int:
    """Count the clues of a township that were excluded on a day, by the time of recording, where they were then."""
    result = await session.execute(
        text("SELECT count(*) FROM exclusion_decision WHERE town_code = :town AND agrees AND decided_at >= :start"),
        {"town": town, "start": datetime.combine(today, time.min, tzinfo=clock.CHINA)},
    )
    return int(result.scalar_one())


async def policy_only_of(session: AsyncSession, town: str, today: date) -> int:
    """Count the clues of a township that were left to policy alone on a day, by the time of recording.

    Where they are now: one that was moved meanwhile counts with its household.
    """
    result = await session.execute(
        text(
            "SELECT count(*) FROM verification v JOIN clue c ON c.id = v.clue_id WHERE v.recorded_at >= :start"
            " AND v.result = 'confirmed_policy' AND NOT v.is_late AND c.state = v.result"
            " AND starts_with(c.area_code, left(:town, 9))"
        ),
        {"town": town, "start": datetime.combine(today, time.min, tzinfo=clock.CHINA)},
    )
    return int(result.scalar_one())
