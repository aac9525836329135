"""Queries on the directory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import orjson
from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory.tables import Area, Episode, Household, PolicyProfile
from contracts.envelope import EventData
from contracts.registry import AreaChanged, EpisodeMoved, HouseholdSnapshotTaken, PolicyProfileActivated
from servicekit.db import any_of, array_text
from servicekit.tables import Base


class KnownHousehold(NamedTuple):
    """A household as the directory has it."""

    household_id: str
    area_code: str
    is_monitored: bool
    open_risks: frozenset[str]
    version: int
    status: str = "active"
    merged_into: str | None = None
    grid: str | None = None

    @property
    def has_ended(self) -> bool:
        """Tell whether it is no longer registered."""
        return self.status != "active"


def in_grid(column: str) -> str:
    """Write the condition that the household whose id is in a column is of `:own_grid`, for `Principal.area_clause`."""
    return f"EXISTS (SELECT FROM household g WHERE g.household_id = {column} AND g.grid = :own_grid)"


async def upsert_households(session: AsyncSession, snapshots: Collection[HouseholdSnapshotTaken]) -> None:
    """Keep the newest version of each household."""
    await _keep(session, Household, snapshots, "kept.version < excluded.version")


async def upsert_areas(session: AsyncSession, areas: Collection[AreaChanged]) -> None:
    """Keep the newest name of each area."""
    await _keep(session, Area, areas)


async def upsert_profiles(session: AsyncSession, profiles: Collection[PolicyProfileActivated]) -> None:
    """Keep every version of every profile; they are few."""
    await _keep(session, PolicyProfile, profiles)


async def upsert_episodes(session: AsyncSession, episodes: Collection[EpisodeMoved]) -> None:
    """Keep the newest state of each episode, of locked households; one that comes late, redriven, changes nothing."""
    await _keep(session, Episode, episodes, "kept.sequence <= excluded.sequence", lasting=("clue_id",))


async def _keep(
    session: AsyncSession,
    table: type[Base],
    events: Collection[EventData],
    is_newer: str = "true",
    lasting: Collection[str] = (),
) -> None:
    """Insert or update a row for each event: a table's columns bear the names of its event's fields.

    Rows are locked in order of keys, as everywhere.

    Args:
        lasting: Columns that a null of a later event does not clear; any other null does.
        is_newer: SQL condition on the `kept` and the `excluded` row under which one that is there is updated.
    """
    name, columns = table.__tablename__, list(table.model_fields)
    key = [column.name for column in inspect(table).primary_key]
    new = {column: f"excluded.{column}" for column in columns if column not in key}
    new |= {column: f"COALESCE(excluded.{column}, kept.{column})" for column in lasting}
    changes = [f"{column} = {value}" for column, value in new.items()]
    await session.execute(
        text(
            f"INSERT INTO {name} AS kept ({', '.join(columns)})"
            f" SELECT {', '.join(columns)} FROM jsonb_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS jsonb))"
            f" ORDER BY {', '.join(key)} ON CONFLICT ({', '.join(key)})"
            f" DO UPDATE SET {', '.join(changes)} WHERE {is_newer}"
        ),
        {"rows": orjson.dumps([event.model_dump(mode="json", include=set(columns)) for event in events]).decode()},
    )


async def count_unknown(session: AsyncSession, household_ids: AbstractSet[str]) -> int:
    """Give how many of the households have no row at all."""
    result = await session.execute(
        text(f"SELECT count(*) FROM household WHERE household_id = {any_of('ids')}"),
        {"ids": array_text(household_ids)},
    )
    return len(household_ids) - int(result.scalar_one())


async def lock_households(session: AsyncSession, areas: Mapping[str, str]) -> dict[str, KnownHousehold]:
    """Lock the households of `areas` (id -> area code) in order of ids until the transaction ends, and give them.

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
            f"SELECT {', '.join(KnownHousehold._fields)} FROM household"
            f" WHERE household_id = {any_of('ids')} ORDER BY household_id FOR NO KEY UPDATE"
        ),
        {"ids": array_text(ids)},
    )
    return {row["household_id"]: _known(row) for row in result.mappings()}


async def find_household(session: AsyncSession, household_id: str) -> KnownHousehold | None:
    """Give a household without locking it; None when alerts never heard of it."""
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


async def counties(session: AsyncSession) -> list[str]:
    """Give the counties in which households are registered, in order."""
    result = await session.execute(
        text(
            "SELECT area_code FROM area a WHERE level = 'county' AND EXISTS (SELECT FROM household h"
            " WHERE h.area_code >= a.area_code AND h.area_code < left(a.area_code, 6) || ':' AND h.status = 'active')"
            " ORDER BY area_code"
        )
    )
    return list(result.scalars())
