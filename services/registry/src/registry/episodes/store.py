"""Queries of episodes. The single one is locked with its household, always in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.registry import EpisodeMoved
from contracts.vocabulary import Capped, EpisodeState
from registry.episodes.channels import IS_OPENED
from registry.episodes.steps import STEPS, capped_as, legal_next
from registry.episodes.tables import Clue, Episode, EpisodeStep
from servicekit import clock, conflicts, outbox
from servicekit.db import array_text

_MOVED = {
    "episode_id": "e.id",
    "sequence": "e.sequence",
    "household_id": "h.id",
    "area_code": "h.village_code",
    "clue_id": "e.clue_id",
    "state": "e.state",
    "previous_state": "s.previous_state",
    "risk_types": "e.risk_types",
    "occurred_on": "s.occurred_on",
    "due_on": "e.due_on",
    "has_ended": "NOT e.is_active",
    "green_channel": IS_OPENED,
}

_ELIMINATED = (EpisodeState.ELIMINATED, EpisodeState.LOOKED_BACK, EpisodeState.STABLE)


async def announce(session: AsyncSession, source: str, ids: dict[str, Any]) -> None:
    """Put an EpisodeMoved of each episode that `source` selects into the outbox, with its newest step."""
    await outbox.add_select(
        session,
        EpisodeMoved,
        _MOVED,
        "episode e JOIN household h ON h.id = e.household_id"
        " JOIN episode_step s ON s.episode_id = e.id AND s.sequence = e.sequence"
        f" WHERE e.id IN ({source}) ORDER BY e.id",
        ids,
    )


@dataclass(frozen=True)
class Place:
    """The household of an episode, as decisions need it."""

    household_id: str
    hh_no: str
    area_code: str
    hh_type: str
    grid: str | None


async def get(session: AsyncSession, episode_id: str, *, lock: bool = False) -> tuple[Episode, Place] | None:
    """Give an episode and its household.

    Args:
        lock: Lock the household first and the episode then, as every writer does.
    """
    tail = " FOR UPDATE" if lock else ""
    result = (
        await session.execute(
            text(
                "SELECT h.id::text AS household_id, h.hh_no, h.village_code AS area_code, h.hh_type, h.grid"
                " FROM household h"
                f" WHERE h.id = (SELECT e.household_id FROM episode e WHERE e.id = CAST(:id AS uuid)){tail}"
            ),
            {"id": episode_id},
        )
    ).mappings()
    found = result.first()
    if found is None:
        return None
    statement = select(Episode).where(Episode.id == episode_id)
    episode = (await session.execute(statement.with_for_update() if lock else statement)).scalar_one()
    return episode, Place(**found)


async def steps(session: AsyncSession, episode_id: Any) -> list[EpisodeStep]:
    """Give the steps of an episode in their order."""
    result = await session.execute(
        select(EpisodeStep).where(EpisodeStep.episode_id == episode_id).order_by(col(EpisodeStep.sequence))
    )
    return list(result.scalars())


# The states are written out, so that the indexes of these steps serve.
_LEFT = {
    capped: "SELECT count(*) FROM episode_step s WHERE s.state IN ({}) AND s.recorded_at >= :start"
    " AND s.left_town = :town".format(
        ", ".join(
            f"'{to}'"
            for to in EpisodeState
            if any(to in legal_next(state) and capped_as(state, to) is capped for state in STEPS)
        )
    )
    for capped in (Capped.ENDINGS, Capped.REFUSALS)
}


async def left(session: AsyncSession, capped: Capped, town: str, today: date) -> int:
    """Count the households that left monitoring in a township on a day, or were refused, by the time of recording.

    Where they lived then: a household that is moved afterwards makes no room.
    """
    start = datetime.combine(today, time.min, tzinfo=clock.CHINA)
    result = await session.execute(text(_LEFT[capped]), {"start": start, "town": town})
    return int(result.scalar_one())


async def clue_ids(session: AsyncSession, episode_id: Any) -> list[str]:
    """Give the clues that opened or joined an episode."""
    result = await session.execute(
        select(Clue.clue_id).where(Clue.episode_id == episode_id).order_by(col(Clue.found_at), Clue.clue_id)
    )
    return list(result.scalars())


EPISODE = "episode"  # the kind of subject that a refused decision was about
HAS_REFUSED = conflicts.has_open(EPISODE, "e.id::text")

_LIST = f"""
    SELECT e.id::text AS id, e.household_id::text AS household_id, h.hh_no, h.village_code AS area_code, e.origin,
           e.clue_id, e.follows_id::text AS follows_id, e.state, e.risk_types, e.category, e.found_on, e.identified_on,
           e.due_on, {IS_OPENED} AS has_green_channel,
           (e.is_active AND e.due_on < :today) IS TRUE AS is_overdue, e.is_active, e.version, e.updated_at
    FROM episode e JOIN household h ON h.id = e.household_id
    WHERE {{where}} ORDER BY e.id LIMIT :limit
"""


async def page(
    session: AsyncSession, conditions: Sequence[str], parameters: dict[str, Any], *, today: date, limit: int
) -> Sequence[Any]:
    """Give a page of episodes in order of their ids (time-ordered)."""
    values = parameters | {"today": today, "limit": limit}
    return (await session.execute(text(_LIST.format(where=" AND ".join(conditions))), values)).mappings().all()


async def insert_registered(session: AsyncSession, source: str, parameters: dict[str, Any]) -> None:
    """Create episodes in MONITORED for households where none is active. Set by set.

    Args:
        source: A SELECT of household_id, category, identified_on, risk_types from our own tables.
    """
    await session.execute(
        text(
            "CREATE TEMP TABLE s_episode ON COMMIT DROP AS SELECT uuidv7() AS id, m.* FROM (" + source + ") m"
            " WHERE NOT EXISTS (SELECT FROM episode e WHERE e.household_id = m.household_id AND e.is_active)"
        )
    )
    await session.execute(
        text(
            "INSERT INTO episode (id, household_id, origin, follows_id, state, risk_types, category, found_on,"
            " identified_on, created_at, updated_at) SELECT s.id, s.household_id, 'import', (SELECT e.id FROM episode e"
            " WHERE e.household_id = s.household_id ORDER BY e.created_at DESC, e.id DESC LIMIT 1), 'MONITORED',"
            " risk_types, category, identified_on, identified_on, :at, :at FROM s_episode s ORDER BY s.id"
        ),
        {"at": parameters["at"]},
    )
    await session.execute(
        text(
            "INSERT INTO episode_step (episode_id, sequence, state, previous_state, occurred_on, actors, note, record,"
            " client_id, recorded_at) SELECT id, 1, 'MONITORED', NULL, identified_on, '{}', NULL,"
            ' \'{"origin": "import"}\', :by, :at FROM s_episode ORDER BY id'
        ),
        parameters,
    )


_REMEMBER_CLUES = """
    INSERT INTO clue AS k (clue_id, household_id, risk_type, found_at, state, version, decided_on)
    SELECT DISTINCT ON (clue_id) clue_id, household_id, risk_type, min(found_at) OVER (PARTITION BY clue_id), state,
        version, decided_on
    FROM unnest(CAST(:clue_ids AS text[]), CAST(:household_ids AS text[]), CAST(:risk_types AS text[]),
                CAST(:found_at AS timestamptz[]), CAST(:states AS text[]), CAST(:versions AS int[]),
                CAST(:decided_on AS date[]))
        AS c (clue_id, household_id, risk_type, found_at, state, version, decided_on)
    ORDER BY clue_id, version DESC
    ON CONFLICT (clue_id) DO UPDATE SET state = excluded.state, version = excluded.version,
        decided_on = excluded.decided_on
    WHERE k.version < excluded.version
"""


async def remember_clues(session: AsyncSession, clues: Sequence[Clue]) -> None:
    """Keep when each clue was first heard of, and the newest of what became of it."""
    await session.execute(
        text(_REMEMBER_CLUES),
        {
            "clue_ids": array_text(clue.clue_id for clue in clues),
            "household_ids": array_text(clue.household_id for clue in clues),
            "risk_types": array_text(clue.risk_type for clue in clues),
            "found_at": array_text(str(clue.found_at) for clue in clues),
            "states": array_text(str(clue.state) for clue in clues),
            "versions": [clue.version for clue in clues],
            "decided_on": [clue.decided_on for clue in clues],
        },
    )


@dataclass(frozen=True)
class OpenClue:
    """A confirmed clue that belongs to no episode yet."""

    clue_id: str
    household_id: str
    area_code: str
    risk_type: str
    found_at: datetime
    episode_id: str | None


async def unattached(session: AsyncSession, clue_ids_: Sequence[str]) -> list[OpenClue]:
    """Give those of the clues that no episode has yet, with the active episode of their household; lock both."""
    ids = {"ids": list(clue_ids_)}
    await session.execute(
        text(
            "SELECT count(*) FROM (SELECT 1 FROM household h WHERE h.id IN"
            " (SELECT CAST(c.household_id AS uuid) FROM clue c WHERE c.clue_id = ANY(CAST(:ids AS text[])))"
            " ORDER BY h.id FOR UPDATE) locked"
        ),
        ids,
    )
    result = await session.execute(
        text(
            "SELECT c.clue_id, h.id::text AS household_id, h.village_code AS area_code, c.risk_type, c.found_at,"
            " e.id::text AS episode_id FROM clue c JOIN household h ON h.id = CAST(c.household_id AS uuid)"
            " LEFT JOIN episode e ON e.household_id = h.id AND e.is_active"
            " WHERE c.clue_id = ANY(CAST(:ids AS text[])) AND c.episode_id IS NULL"
            " ORDER BY h.id, c.found_at, c.clue_id"
        ),
        ids,
    )
    return [OpenClue(**row) for row in result.mappings()]


async def known_households(session: AsyncSession, household_ids: Sequence[str]) -> set[str]:
    """Give those of the ids that are households."""
    result = await session.execute(
        text("SELECT id::text FROM household WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(household_ids)}
    )
    return set(result.scalars())


@dataclass
class NewEpisode:
    """An episode that a confirmed clue opens, or a look-back; it follows the household's newest one, if any."""

    id: str
    household_id: str
    clue_id: str | None
    risk_types: list[str]
    found_on: date
    due_on: date
    follows_id: str | None = None
    note: str | None = None


async def was_appealed(session: AsyncSession, episode_id: Any) -> bool:
    """Tell whether somebody appealed against a refusal."""
    found = select(Episode.id).where(Episode.follows_id == episode_id, Episode.origin == "appeal")
    return (await session.execute(found)).first() is not None


async def active(session: AsyncSession, household_id: str) -> str | None:
    """Give the active episode of a household, if it has one."""
    result = await session.execute(
        text("SELECT id::text FROM episode WHERE household_id = CAST(:id AS uuid) AND is_active"), {"id": household_id}
    )
    return result.scalar_one_or_none()


async def open_episodes(
    session: AsyncSession, episodes: Sequence[NewEpisode], *, origin: str = "clue", by: str, at: datetime
) -> None:
    """Create episodes in APPLIED with their first step; a handful of statements for any number."""
    names = ("id", "household_id", "clue_id", "found_on", "due_on", "follows_id", "note")
    columns: dict[str, list[Any]] = {name: [getattr(episode, name) for episode in episodes] for name in names}
    columns["risk_types"] = [",".join(episode.risk_types) for episode in episodes]
    await session.execute(
        text(
            "INSERT INTO episode (id, household_id, origin, clue_id, follows_id, state, risk_types, found_on,"
            " identify_due_on, due_on, created_at, updated_at)"
            " SELECT n.id, n.household_id, :origin, n.clue_id, coalesce(n.follows_id, (SELECT e.id FROM episode e"
            " WHERE e.household_id = n.household_id ORDER BY e.created_at DESC, e.id DESC LIMIT 1)), 'APPLIED',"
            " string_to_array(n.risk_types, ','), n.found_on, n.due_on, n.due_on, :at, :at"
            " FROM unnest(CAST(:id AS uuid[]), CAST(:household_id AS uuid[]),"
            " CAST(:clue_id AS text[]), CAST(:risk_types AS text[]), CAST(:found_on AS date[]),"
            " CAST(:due_on AS date[]), CAST(:follows_id AS uuid[]))"
            " AS n (id, household_id, clue_id, risk_types, found_on, due_on, follows_id)"
        ),
        columns | {"at": at, "origin": origin},
    )
    await session.execute(
        text(
            "INSERT INTO episode_step (episode_id, sequence, state, occurred_on, actors, note, record, client_id,"
            " recorded_at) SELECT e.id, 1, e.state, e.found_on, '{}', n.note,"
            " jsonb_strip_nulls(jsonb_build_object('clue_id', e.clue_id, 'follows_id', e.follows_id)),"
            " :by, :at FROM unnest(CAST(:id AS uuid[]), CAST(:note AS text[])) AS n (id, note)"
            " JOIN episode e ON e.id = n.id"
        ),
        {"id": columns["id"], "note": columns["note"], "by": by, "at": at},
    )


async def attach_clues(session: AsyncSession, pairs: Sequence[tuple[str, str]]) -> None:
    """Tie clues to episodes: pairs of (clue id, episode id)."""
    await session.execute(
        text(
            "UPDATE clue c SET episode_id = n.episode_id FROM unnest(CAST(:clues AS text[]),"
            " CAST(:episodes AS uuid[])) AS n (clue_id, episode_id) WHERE c.clue_id = n.clue_id"
        ),
        {"clues": [clue for clue, _ in pairs], "episodes": [episode for _, episode in pairs]},
    )


@dataclass(frozen=True)
class Wider:
    """Risks that an episode does not have yet."""

    episode_id: str
    household_id: str
    risks: list[str]


async def episodes_to_widen(session: AsyncSession, pairs: Sequence[tuple[str, str]]) -> list[Wider]:
    """Of pairs (episode id, risk), give those that the episode does not have yet."""
    result = await session.execute(
        text(
            "SELECT e.id::text AS episode_id, e.household_id::text AS household_id,"
            " array_agg(DISTINCT n.risk ORDER BY n.risk) AS risks"
            " FROM unnest(CAST(:episodes AS uuid[]), CAST(:risks AS text[])) AS n (episode_id, risk)"
            " JOIN episode e ON e.id = n.episode_id WHERE NOT n.risk = ANY(e.risk_types)"
            " GROUP BY e.id, e.household_id ORDER BY e.household_id"
        ),
        {"episodes": [episode for episode, _ in pairs], "risks": [risk for _, risk in pairs]},
    )
    return [Wider(**row) for row in result.mappings()]


async def widen(session: AsyncSession, wider: Sequence[Wider], at: datetime) -> None:
    """Add risks to episodes, and to the open risks of households that are monitored."""
    parameters = {
        "episodes": [one.episode_id for one in wider],
        "risks": [",".join(one.risks) for one in wider],
        "at": at,
    }
    source = "unnest(CAST(:episodes AS uuid[]), CAST(:risks AS text[])) AS n (episode_id, risks)"
    await session.execute(
        text(
            "UPDATE episode e SET risk_types = e.risk_types || string_to_array(n.risks, ','), version = version + 1,"
            f" updated_at = :at FROM {source} WHERE e.id = n.episode_id"
        ),
        parameters,
    )
    del parameters["at"]
    await session.execute(
        text(
            "UPDATE household h SET open_risks = h.open_risks || ARRAY(SELECT r FROM unnest(string_to_array(n.risks,"
            f" ',')) r WHERE NOT r = ANY(h.open_risks)) FROM {source}, episode e"
            " WHERE e.id = n.episode_id AND h.id = e.household_id AND h.is_monitored"
        ),
        parameters,
    )


async def set_monitoring(
    session: AsyncSession,
    household_id: str,
    *,
    is_monitored: bool,
    category: str | None,
    open_risks: Sequence[str],
) -> None:
    """Copy what the episode says to the household, where lists and snapshots read it."""
    await session.execute(
        text(
            "UPDATE household SET is_monitored = :is_monitored, monitor_category = :category,"
            " open_risks = CAST(:open_risks AS text[]) WHERE id = CAST(:id AS uuid)"
        ),
        {
            "id": household_id,
            "is_monitored": is_monitored,
            "category": category,
            "open_risks": list(open_risks),
        },
    )


async def set_negative_decision(session: AsyncSession, household_id: str, decided_on: date) -> None:
    """Remember the newest written negative decision."""
    await session.execute(
        text(
            "UPDATE household SET last_negative_decision_on = GREATEST(last_negative_decision_on, :on)"
            " WHERE id = CAST(:id AS uuid)"
        ),
        {"id": household_id, "on": decided_on},
    )


async def eliminated_on(session: AsyncSession, household_id: UUID) -> dict[UUID, date]:
    """Give the day on which the risk was eliminated, by each episode of a household that has not relapsed since."""
    query = select(Episode).where(Episode.household_id == household_id, col(Episode.state).in_(_ELIMINATED))
    return {row.id: row.eliminated_on for row in (await session.execute(query)).scalars() if row.eliminated_on}
