"""Every change of a household: locked, remembered as it was, given a new version, announced. Set by set.

async with changing(session, [household_id], cause="income", by=client_id):
    ...the change...
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import INCOME, names, plain
from contracts.registry import HouseholdSnapshotTaken
from registry.households import helpers
from registry.households.snapshot import ANNOUNCED, REMEMBERED
from servicekit import clock, outbox
from servicekit.event_sql import json_object
from servicekit.failpoints import failpoint_async
from servicekit.sql import listed

REMEMBER = f"""
INSERT INTO household_history (household_id, version, replaced_at, replaced_by, cause, snapshot)
SELECT h.id, h.version, :at, :by, :cause,
{json_object(REMEMBERED)}
FROM household h WHERE h.id IN ({{source}})"""

_AMOUNTS = [name for name in names(plain(INCOME)) if name != "year"]
_GIVEN = "SELECT unnest(CAST(:ids AS uuid[]))"


async def begin(session: AsyncSession, source: str, ids: dict[str, Any], *, cause: str, by: str) -> None:
    """Lock the households that `source` selects, in order of their ids, and keep their present state.

    Args:
        source: A SELECT of household ids from our own tables, never input; `ids` are its parameters.
        cause: What happened, in a word or two, for the history (`income`, `episode`, `patch`).
        by: Client that caused it.
    """
    await session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM household WHERE id IN ({source}) ORDER BY id FOR UPDATE) locked"),
        ids,
    )
    await session.execute(text(REMEMBER.format(source=source)), ids | {"at": clock.now(), "by": by, "cause": cause})


# Whatever moved a household, it remembers since when it lives where it lives, and whence it came.
_FINISH = """
UPDATE household h SET version = h.version + 1, updated_at = :at{fingerprint},
    moved_from = coalesce(b.village, h.moved_from),
    moved_on = CASE WHEN b.village IS NULL THEN h.moved_on
        ELSE coalesce(CAST(h.known ->> 'village_code' AS date), h.known_on, :today) END
FROM household now LEFT JOIN LATERAL (
    SELECT r.snapshot ->> 'area_code' AS village FROM household_history r
    WHERE r.household_id = now.id AND r.version = now.version
      AND r.snapshot ->> 'area_code' <> now.village_code) b ON true
WHERE now.id = h.id AND h.id IN ({source})
"""
# Income a head of the year that runs follows who is born, dies, comes or goes; of the years before it is what it was.
_RECOUNT = """
UPDATE income i SET superseded_at = :at FROM household h
WHERE h.id = i.household_id AND h.id IN ({source}) AND h.population > 0 AND h.status = 'active'
  AND i.year = :year AND i.superseded_at IS NULL AND i.population <> h.population
"""
_COUNTED_AGAIN = f"""
INSERT INTO income
    (household_id, year, version, {listed(_AMOUNTS)}, items, population, as_of, recorded_at, recorded_by)
SELECT i.household_id, i.year, (SELECT max(v.version) + 1 FROM income v
                                WHERE v.household_id = i.household_id AND v.year = i.year),
    {listed(_AMOUNTS, "i")}, i.items, h.population, i.as_of, :at,
    (SELECT r.replaced_by FROM household_history r WHERE r.household_id = h.id AND r.version = h.version)
FROM income i JOIN household h ON h.id = i.household_id
WHERE h.id IN ({{source}}) AND h.population > 0 AND h.status = 'active' AND i.year = :year AND i.superseded_at = :at
  AND NOT EXISTS (SELECT FROM income c WHERE c.household_id = h.id AND c.year = i.year AND c.superseded_at IS NULL)
"""


async def finish(session: AsyncSession, source: str, ids: dict[str, Any], *, keep_fingerprint: bool = False) -> None:
    """Give the households that `source` selects their next version, and what follows from who and where they are now.

    A change by hand clears the fingerprint, so that the same import line counts as a change again.
    """
    at, today = clock.now(), clock.today()
    counted: Any = await session.execute(text(_RECOUNT.format(source=source)), ids | {"at": at, "year": today.year})
    if counted.rowcount:
        await session.execute(text(_COUNTED_AGAIN.format(source=source)), ids | {"at": at, "year": today.year})
    fingerprint = "" if keep_fingerprint else ", fingerprint = NULL"
    await session.execute(
        text(_FINISH.format(source=source, fingerprint=fingerprint)), ids | {"at": at, "today": today}
    )
    await helpers.release_ended(session, source, ids)


async def announce(session: AsyncSession, source: str, ids: dict[str, Any]) -> None:
    """Put a snapshot event of each household that `source` selects into the outbox, in one statement."""
    await outbox.add_select(
        session, HouseholdSnapshotTaken, ANNOUNCED, f"household h WHERE h.id IN ({source}) ORDER BY h.id", ids
    )
    await failpoint_async("registry.snapshots_taken")


async def announce_given(session: AsyncSession, household_ids: Sequence[str]) -> None:
    """Put a snapshot event of each of these households into the outbox."""
    await announce(session, _GIVEN, {"ids": list(household_ids)})


@asynccontextmanager
async def changing(session: AsyncSession, household_ids: Sequence[str], *, cause: str, by: str) -> AsyncIterator[None]:
    """Change households within the block: locked before it, versioned and announced after it."""
    if not household_ids:
        yield
        return
    ids = {"ids": sorted(set(household_ids))}
    await begin(session, _GIVEN, ids, cause=cause, by=by)
    yield
    await finish(session, _GIVEN, ids)
    await announce(session, _GIVEN, ids)
