"""Statements on single clues: what accepting, verifying and linking need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues.folding import KnownClue
from alerts.clues.store import CLUE, known_of
from contracts.registry import EpisodeMoved
from contracts.vocabulary import ClueState


@dataclass(frozen=True, slots=True)
class ClueRow:
    """A clue for a decision on it alone."""

    known: KnownClue
    is_provisional: bool
    dispatched_to: str | None
    accepted_at: datetime | None
    accepted_by: str | None
    is_overdue: bool


async def find_clue(session: AsyncSession, clue_id: str) -> ClueRow | None:
    """Give a clue; None when there is none."""
    row = (
        await session.execute(
            text(
                f"SELECT {CLUE}, c.is_provisional, c.dispatched_to, c.accepted_at, c.accepted_by, c.is_overdue"
                " FROM clue c LEFT JOIN episode e ON e.episode_id = c.episode_id WHERE c.id = CAST(:id AS uuid)"
            ),
            {"id": clue_id},
        )
    ).first()
    return ClueRow(known_of(row), row[15], row[16], row[17], row[18], row[19]) if row else None


async def finding_ids_of(session: AsyncSession, clue_id: str) -> list[str]:
    """Give the findings that a clue stands on, in order of arrival, the quiet ones included."""
    result = await session.execute(
        text(
            "SELECT finding_id FROM clue_source"
            " WHERE clue_id = CAST(:id AS uuid) AND finding_id IS NOT NULL ORDER BY id"
        ),
        {"id": clue_id},
    )
    return [row[0] for row in result.all()]


async def has_open_clue(session: AsyncSession, household_id: str, risk_type: str) -> bool:
    """Tell whether the household has an open clue for the risk."""
    result = await session.execute(
        text("SELECT 1 FROM clue WHERE household_id = :household AND risk_type = :risk AND is_open"),
        {"household": household_id, "risk": risk_type},
    )
    return result.first() is not None


async def move_clue(
    session: AsyncSession,
    clue_id: str,
    *,
    state: ClueState,
    version: int,
    now: datetime,
    accepted_by: str | None = None,
    verified: bool = False,
    reason: str | None = None,
    household_id: str | None = None,
    episode_id: str | None = None,
) -> None:
    """Write a state change decided by the rules. `household_id` resolves a provisional household."""
    await session.execute(
        text(
            "UPDATE clue SET state = :state, version = :version, updated_at = :now,"
            "   accepted_at = COALESCE(accepted_at, :now), accepted_by = COALESCE(:accepted_by, accepted_by),"
            "   verified_at = CASE WHEN :verified THEN :now ELSE verified_at END,"
            "   result_reason = CAST(:reason AS text),"
            "   household_id = COALESCE(CAST(:household AS text), household_id),"
            "   episode_id = COALESCE(CAST(:episode AS text), episode_id),"
            "   is_provisional = is_provisional AND CAST(:household AS text) IS NULL"
            " WHERE id = CAST(:id AS uuid)"
        ),
        {
            "id": clue_id,
            "state": state.value,
            "version": version,
            "now": now,
            "accepted_by": accepted_by,
            "verified": verified,
            "reason": reason,
            "household": household_id,
            "episode": episode_id,
        },
    )


async def insert_verification(
    session: AsyncSession,
    *,
    record_id: str,
    clue_id: str,
    version: int,
    result: ClueState,
    reason: str | None,
    note: str,
    verifiers: Sequence[str],
    visited_on: date,
    now: datetime,
    recorded_by: str,
) -> None:
    """Keep a verification as it was sent."""
    await session.execute(
        text(
            "INSERT INTO verification (id, clue_id, clue_version, result, reason, note, verifiers, visited_on,"
            "   recorded_at, recorded_by)"
            " VALUES (:id, :clue, :version, :result, :reason, :note, CAST(:verifiers AS text[]), :visited_on,"
            "   :now, :by)"
        ),
        {
            "id": record_id,
            "clue": clue_id,
            "version": version,
            "result": result.value,
            "reason": reason,
            "note": note,
            "verifiers": list(verifiers),
            "visited_on": visited_on,
            "now": now,
            "by": recorded_by,
        },
    )


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
