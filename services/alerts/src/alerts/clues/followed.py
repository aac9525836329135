"""Statements on what clues follow: their grounds, and what becomes of them, for many households at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues.standing import Ground, Stood
from contracts.vocabulary import Closed, ClueState, Severity
from servicekit.areas import range_of
from servicekit.db import any_of, array_text

_COLUMNS = [field.name for field in fields(Stood)]
# What never changes after a clue was raised is not written again.
_WRITTEN = [name for name in _COLUMNS if name not in ("id", "risk_type", "verified_at", "visited_on", "result_reason")]


async def clues_of(session: AsyncSession, household_ids: Collection[str]) -> list[Stood]:
    """Give all clues of locked households."""
    result = await session.execute(
        text(
            f"SELECT {', '.join('id::text' if name == 'id' else name for name in _COLUMNS)} FROM clue"
            f" WHERE household_id = {any_of('ids')}"
        ),
        {"ids": array_text(sorted(household_ids))},
    )
    return [
        Stood(**{**row, "severity": Severity(row["severity"]), "state": ClueState(row["state"]),
                 "due_severity": Severity(row["due_severity"]) if row["due_severity"] else None})
        for row in result.mappings()
    ]  # fmt: skip


async def grounds_of(session: AsyncSession, household_ids: Collection[str]) -> list[Ground]:
    """Give the sources of these households' clues that are not suppressed.

    A source whose finding is back while its clue was closed without it goes to the open clue of the risk first.
    """
    values = {"ids": array_text(sorted(household_ids))}
    await session.execute(
        text(
            "UPDATE clue_source s SET clue_id = o.id FROM clue c JOIN clue o ON o.household_id = c.household_id"
            " AND o.risk_type = c.risk_type AND o.is_open"
            f" WHERE c.household_id = {any_of('ids')} AND c.state = '{ClueState.WITHDRAWN}' AND s.clue_id = c.id"
            " AND s.withdrawn_at IS NULL AND NOT s.is_suppressed"
        ),
        values,
    )
    result = await session.execute(
        text(
            "SELECT s.clue_id::text, s.channel, s.rule_id, s.period, s.severity, s.withdrawn_at IS NULL AS stands"
            f" FROM clue_source s WHERE s.household_id = {any_of('ids')} AND NOT s.is_suppressed"
        ),
        values,
    )
    return [Ground(**{**row, "severity": Severity(row["severity"])}) for row in result.mappings()]


async def write(session: AsyncSession, clues: Sequence[Stood], now: datetime) -> None:
    """Write what became of clues. Those that close come first: one is open for a household and risk at any time."""
    for is_open in (False, True):
        rows = [asdict(clue) for clue in clues if clue.state.is_open is is_open]
        if rows:
            changes = ", ".join(f"{name} = n.{name}" for name in _WRITTEN)
            await session.execute(
                text(
                    f"UPDATE clue c SET {changes}, updated_at = :now"
                    " FROM jsonb_populate_recordset(CAST(NULL AS clue), CAST(:rows AS jsonb)) n WHERE c.id = n.id"
                ),
                {"rows": orjson.dumps(rows).decode(), "now": now},
            )


async def move_sources(session: AsyncSession, household_id: str, into: str, clues: Mapping[str, str]) -> None:
    """Give the sources of a household to another one, those of some clues (from -> to) to clues of that one."""
    await session.execute(
        text(
            "UPDATE clue_source s SET household_id = :into, clue_id = COALESCE((SELECT m.new FROM"
            "   unnest(CAST(:old AS uuid[]), CAST(:new AS uuid[])) AS m (old, new) WHERE m.old = s.clue_id), s.clue_id)"
            " WHERE s.household_id = :from"
        ),
        {"from": household_id, "into": into, "old": list(clues), "new": list(clues.values())},
    )


async def astray(session: AsyncSession, household_ids: Collection[str]) -> list[str]:
    """Give those households whose clues are no longer where the household is, or not as it is."""
    result = await session.execute(
        text(
            "SELECT DISTINCT c.household_id FROM clue c JOIN household h USING (household_id)"
            f" WHERE c.household_id = {any_of('ids')} AND h.version > 0 AND (c.area_code <> h.area_code"
            "   OR (c.is_open AND h.status <> 'active')"
            f"  OR (h.status = 'active' AND c.closed_because = '{Closed.HOUSEHOLD_ENDED}'))"
            " ORDER BY c.household_id"
        ),
        {"ids": array_text(sorted(household_ids))},
    )
    return list(result.scalars())


async def with_open_clues(session: AsyncSession, region: str, after: str, limit: int) -> dict[str, str]:
    """Give households (id -> area) of a region with open clues, after an id, in order of ids."""
    low, high = range_of(region)
    result = await session.execute(
        text(
            "SELECT household_id, min(area_code) AS area_code FROM clue WHERE is_open AND area_code >= :low"
            ' AND area_code < :high AND household_id COLLATE "C" > :after GROUP BY household_id'
            ' ORDER BY household_id COLLATE "C" LIMIT :limit'
        ),
        {"low": low, "high": high, "after": after, "limit": limit},
    )
    return {row.household_id: row.area_code for row in result}


async def finding_ids_of(session: AsyncSession, clue_ids: Collection[str]) -> dict[str, list[str]]:
    """Give the findings that each clue stood on, in order of arrival, those that are gone or quiet included."""
    result = await session.execute(
        text(
            "SELECT clue_id::text AS clue_id, array_agg(finding_id ORDER BY id) AS findings FROM clue_source"
            f" WHERE clue_id = {any_of('ids', 'uuid')} AND finding_id IS NOT NULL GROUP BY clue_id"
        ),
        {"ids": array_text(sorted(clue_ids))},
    )
    return {row.clue_id: row.findings for row in result}
