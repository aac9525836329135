"""Queries on the directory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory.tables import Household, PolicyProfile
from contracts.registry import AreaChanged, EpisodeMoved, HouseholdSnapshotTaken, PolicyProfileActivated
from servicekit.db import any_of, array_text


class KnownHousehold(NamedTuple):
    """A household as the directory has it."""

    household_id: str
    area_code: str
    is_monitored: bool
    open_risks: frozenset[str]
    version: int


async def upsert_households(session: AsyncSession, snapshots: Collection[HouseholdSnapshotTaken]) -> None:
    """Keep the newest version of each household. Rows are locked in order of ids, as everywhere."""
    await session.execute(
        text(
            "INSERT INTO household AS h (household_id, area_code, is_monitored, open_risks, version)"
            " SELECT id, area, is_monitored, string_to_array(risks, ','), version"
            " FROM unnest(CAST(:ids AS text[]), CAST(:areas AS text[]), CAST(:monitored AS boolean[]),"
            "   CAST(:risks AS text[]), CAST(:versions AS int[])) AS s (id, area, is_monitored, risks, version)"
            " ORDER BY id"
            " ON CONFLICT (household_id) DO UPDATE SET area_code = excluded.area_code,"
            "   is_monitored = excluded.is_monitored, open_risks = excluded.open_risks, version = excluded.version"
            " WHERE h.version < excluded.version"
        ),
        {
            "ids": array_text(snapshot.household_id for snapshot in snapshots),
            "areas": array_text(snapshot.area_code for snapshot in snapshots),
            "monitored": [snapshot.is_monitored for snapshot in snapshots],
            "risks": array_text(",".join(snapshot.open_risks) for snapshot in snapshots),
            "versions": [snapshot.version for snapshot in snapshots],
        },
    )


async def upsert_areas(session: AsyncSession, areas: Collection[AreaChanged]) -> None:
    """Keep the newest name of each area."""
    await session.execute(
        text(
            "INSERT INTO area (area_code, name, level, parent_code)"
            " SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:levels AS text[]),"
            "   CAST(:parents AS text[])) AS a (code, name, level, parent) ORDER BY code"
            " ON CONFLICT (area_code) DO UPDATE SET name = excluded.name, level = excluded.level,"
            "   parent_code = excluded.parent_code"
        ),
        {
            "codes": [area.area_code for area in areas],
            "names": [area.name for area in areas],
            "levels": [area.level for area in areas],
            "parents": [area.parent_code for area in areas],
        },
    )


async def upsert_profiles(session: AsyncSession, profiles: Sequence[PolicyProfileActivated]) -> None:
    """Keep every version of every profile; they are few."""
    await session.execute(
        text(
            "INSERT INTO policy (region, version, effective_from, source_document, parameters)"
            " SELECT * FROM unnest(CAST(:regions AS text[]), CAST(:versions AS int[]), CAST(:days AS date[]),"
            "   CAST(:sources AS text[]), CAST(:parameters AS jsonb[])) AS p (r, v, d, s, p)"
            " ON CONFLICT (region, version) DO UPDATE SET effective_from = excluded.effective_from,"
            "   source_document = excluded.source_document, parameters = excluded.parameters"
        ),
        {
            "regions": [profile.region for profile in profiles],
            "versions": [profile.version for profile in profiles],
            "days": [profile.effective_from for profile in profiles],
            "sources": [profile.source_document for profile in profiles],
            "parameters": [
                orjson.dumps(
                    {
                        name: value if isinstance(value, bool) else str(value)
                        for name, value in profile.parameters.items()
                    }
                ).decode()
                for profile in profiles
            ],
        },
    )


async def upsert_episodes(session: AsyncSession, episodes: Collection[EpisodeMoved]) -> None:
    """Keep the newest state of each episode; one that comes late, redriven, changes nothing."""
    await session.execute(
        text(
            "INSERT INTO episode (episode_id, sequence, household_id, clue_id, state, occurred_on, has_ended)"
            " SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:sequences AS int[]), CAST(:households AS text[]),"
            "   CAST(:clues AS text[]), CAST(:states AS text[]), CAST(:days AS date[]),"
            "   CAST(:ended AS boolean[])) AS e (id, sequence, household, clue, state, day, ended) ORDER BY id"
            " ON CONFLICT (episode_id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state,"
            "   has_ended = excluded.has_ended,"
            "   occurred_on = excluded.occurred_on, clue_id = COALESCE(excluded.clue_id, episode.clue_id)"
            " WHERE episode.sequence <= excluded.sequence"
        ),
        {
            "sequences": [episode.sequence for episode in episodes],
            "ids": [episode.episode_id for episode in episodes],
            "households": [episode.household_id for episode in episodes],
            "clues": [episode.clue_id for episode in episodes],
            "states": [episode.state.value for episode in episodes],
            "days": [episode.occurred_on for episode in episodes],
            "ended": [episode.has_ended for episode in episodes],
        },
    )


async def count_unknown(session: AsyncSession, household_ids: AbstractSet[str]) -> int:
    """Give how many of the households have no row at all."""
    result = await session.execute(
        text(f"SELECT count(*) FROM household WHERE household_id = {any_of('ids')}"),
        {"ids": array_text(household_ids)},
    )
    return len(household_ids) - int(result.scalar_one())


async def lock_households(session: AsyncSession, areas: Mapping[str, str]) -> dict[str, KnownHousehold]:
    """Lock the households of `areas` (household id -> area code) in order of ids and give them.

    A household that nobody has heard of gets its row here, so that there is something to lock.
    """
    ids = sorted(areas)
    await session.execute(
        text(
            "INSERT INTO household (household_id, area_code)"
            " SELECT id, area FROM unnest(CAST(:ids AS text[]), CAST(:areas AS text[])) AS wanted (id, area)"
            " ORDER BY id ON CONFLICT DO NOTHING"
        ),
        {"ids": array_text(ids), "areas": array_text(areas[key] for key in ids)},
    )
    result = await session.execute(
        text(
            "SELECT household_id, area_code, is_monitored, open_risks, version FROM household"
            f" WHERE household_id = {any_of('ids')} ORDER BY household_id FOR NO KEY UPDATE"
        ),
        {"ids": array_text(ids)},
    )
    return {row["household_id"]: _known(row) for row in result.mappings()}


async def find_household(session: AsyncSession, household_id: str) -> KnownHousehold | None:
    """Give a household without locking it."""
    found = await session.get(Household, household_id, populate_existing=True)
    return _known(found.model_dump()) if found else None


def _known(row: Mapping[Any, Any]) -> KnownHousehold:  # Any: SQLAlchemy keys rows by columns too
    return KnownHousehold(**{**row, "open_risks": frozenset(row["open_risks"])})


async def profiles(session: AsyncSession) -> list[PolicyProfile]:
    """Give every version of every profile; they are few."""
    return list((await session.execute(select(PolicyProfile))).scalars())


async def names_of(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """Give the names of those areas that are known."""
    result = await session.execute(
        text("SELECT area_code, name FROM area WHERE area_code = ANY(CAST(:codes AS text[]))"),
        {"codes": list(codes)},
    )
    return {row.area_code: row.name for row in result}
