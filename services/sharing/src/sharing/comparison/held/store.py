"""Queries of runs that are held because their findings jump."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.areas import range_of
from servicekit.db import execute
from sharing.comparison.store import CHANNEL, ClaimedRun
from sharing.comparison.tables import ComparisonRun


@dataclass(frozen=True)
class Former:
    """The whole run that a new one is held against."""

    period: str
    result: dict[str, Any]


async def former_run(session: AsyncSession, run: ClaimedRun) -> Former | None:
    """Give the newest whole run of the area that was announced, of the same period or else of the one before it."""
    found = await execute(
        session,
        "SELECT period, result FROM comparison_run WHERE kind = 'full' AND state = 'done' AND area_code = :area"
        " AND period <= :period ORDER BY period DESC, id DESC LIMIT 1",
        {"area": run.area_code, "period": run.period},
        row_factory=class_row(Former),
    )
    return await found.fetchone()


async def standing(session: AsyncSession, period: str, area_code: str) -> dict[str, int]:
    """Count the findings that stand in a period and area, by rule."""
    low, high = range_of(area_code)
    found = await execute(
        session,
        "SELECT rule_id, count(*) FROM finding WHERE period = :period AND withdrawn_at IS NULL"
        " AND area_code >= :low AND area_code < :high GROUP BY rule_id",
        {"period": period, "low": low, "high": high},
    )
    return dict(await found.fetchall())


async def hold_back(
    session: AsyncSession, run: ClaimedRun, at: datetime, due_on: date, seconds: float, result: dict[str, Any]
) -> None:
    """Keep a run from announcing anything."""
    await execute(
        session,
        "UPDATE comparison_run SET state = 'held', stage = 'held', lease_token = NULL, lease_until = NULL,"
        " finished_at = :at, held_at = :at, due_on = :due_on, seconds = :seconds, result = :result WHERE id = :id",
        {"at": at, "due_on": due_on, "seconds": round(seconds, 3), "result": Jsonb(result), "id": run.id},
    )
    await execute(session, "SELECT pg_notify(:channel, '')", {"channel": CHANNEL})


async def supersede(session: AsyncSession, run: ClaimedRun) -> list[str]:
    """Close runs that are held for the period and area of a newer run; give their ids."""
    found = await execute(
        session,
        "UPDATE comparison_run SET state = 'superseded', stage = 'superseded' WHERE state = 'held'"
        " AND period = :period AND area_code = :area AND id <> :id RETURNING id",
        {"period": run.period, "area": run.area_code, "id": run.id},
    )
    return [run_id for (run_id,) in await found.fetchall()]


@dataclass(frozen=True)
class Announced:
    """What limited runs of a period announce.

    Attributes:
        withheld: Rules whose findings jump in a whole run that is held: nothing of them, until somebody has decided.
        raised: Findings by rule that they have raised since everybody was compared last.
    """

    withheld: Sequence[str]
    raised: Mapping[str, int]


async def announced(session: AsyncSession, period: str, areas: Sequence[str]) -> Announced:
    """Give what limited runs of a period may announce in some villages, and have announced."""
    found = await execute(
        session,
        "SELECT DISTINCT j.jump ->> 'rule_id', CAST(NULL AS int) FROM comparison_run r,"
        " LATERAL jsonb_array_elements(r.result -> 'jumps') AS j (jump)"
        " WHERE r.state = 'held' AND r.kind = 'full' AND r.period = :period AND EXISTS ("
        "   SELECT FROM unnest(CAST(:areas AS text[])) AS a (code)"
        "   WHERE starts_with(a.code, area_prefix(r.area_code)))"
        " UNION ALL SELECT rule_id, findings FROM findings_between_runs WHERE period = :period",
        {"period": period, "areas": list(areas)},
    )
    rows = await found.fetchall()
    return Announced(
        [rule for rule, findings in rows if findings is None],
        {rule: findings for rule, findings in rows if findings is not None},
    )


async def standing_in(session: AsyncSession, run: ClaimedRun) -> dict[str, int]:
    """Count the findings that stand of a limited run's households, by rule."""
    found = await execute(
        session,
        "SELECT rule_id, count(*) FROM finding WHERE period = :period AND withdrawn_at IS NULL AND household_id IN"
        " (SELECT household_id FROM comparison_run_household WHERE run_id = :run) GROUP BY rule_id",
        {"period": run.period, "run": run.id},
    )
    return dict(await found.fetchall())


async def add_raised(session: AsyncSession, period: str, new: Mapping[str, int]) -> None:
    """Count what a limited run has raised."""
    await execute(
        session,
        "INSERT INTO findings_between_runs AS b (period, rule_id, findings)"
        " SELECT :period, n.rule_id, n.findings"
        " FROM unnest(CAST(:rules AS text[]), CAST(:findings AS int[])) AS n (rule_id, findings) ORDER BY n.rule_id"
        " ON CONFLICT (period, rule_id) DO UPDATE SET findings = b.findings + EXCLUDED.findings",
        {"period": period, "rules": list(new), "findings": list(new.values())},
    )


async def raised_between(session: AsyncSession, period: str) -> dict[str, int]:
    """Give what limited runs of a period have raised since everybody was compared last, by rule."""
    return dict((await announced(session, period, [])).raised)


async def forget_raised(session: AsyncSession, period: str) -> None:
    """Begin to count anew: everybody has been compared."""
    await execute(session, "DELETE FROM findings_between_runs WHERE period = :period", {"period": period})


async def lock_run(session: AsyncSession, run_id: str) -> ComparisonRun | None:
    """Give a run, locked until the transaction ends."""
    return await session.get(ComparisonRun, run_id, with_for_update=True, populate_existing=True)


async def wake(session: AsyncSession) -> None:
    """Tell the workers that a run is in the queue again."""
    await execute(session, "SELECT pg_notify(:channel, '')", {"channel": CHANNEL})
