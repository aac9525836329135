"""Writing clues: set-based statements, whatever the number of sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues.folding import FoldedClue, KnownClue, KnownSource, Source
from contracts.vocabulary import ClueState, Severity
from servicekit.db import any_of, array_text, copy_rows

_CLUE = (
    "c.id::text, c.household_id, c.area_code, c.risk_type, c.severity, c.state, c.version, c.raised_at, c.due_at,"
    " c.verified_at, c.channels, c.rule_ids, c.source_count, c.latest_period, c.due_from_at, c.due_severity,"
    " c.visited_on, c.ground_gone_at, c.closed_because, NOT e.has_ended AS is_episode_running,"
    " (SELECT coalesce(bool_and(s.is_policy_gap), false) FROM clue_source s"
    " WHERE s.clue_id = c.id AND NOT s.is_suppressed AND s.withdrawn_at IS NULL) AS is_policy_gap"
)


@dataclass(slots=True)  # not frozen, for the reason that `Source` is not
class SourceRecord:
    """A source with everything that is kept of it; JSON members as text."""

    source: Source
    found_at: datetime
    rule_version: int | None = None
    evidence: str = "{}"
    numbers: str = "{}"
    fact_names: str = "{}"
    parameters: str = "{}"
    text: str | None = None
    profile_version: int | None = None
    deliveries: Sequence[str] = ()
    via: str | None = None
    note: str | None = None
    visitors: Sequence[str] = ()
    occurred_on: date | None = None
    reported_by: str | None = None
    department: str | None = None  # whose rule found it


def _known(row: RowMapping) -> KnownClue:
    return KnownClue(**_coded(row))


def _coded(row: RowMapping) -> dict[str, Any]:
    """Give a clue's columns with their codes."""
    level = row["due_severity"]
    codes = {"severity": Severity(row["severity"]), "state": ClueState(row["state"])}
    return {**row, **codes, "due_severity": Severity(level) if level else None}


async def plan_afresh(session: AsyncSession) -> None:
    """Have the transaction's statements planned for the tables as they are now.

    A plan is otherwise kept from when the tables were small, and scans what a first month has filled since, until the
    next ANALYZE. Planning is a fraction of a millisecond a statement, too much for a single finding only.
    """
    await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def clues_of(session: AsyncSession, household_ids: Collection[str]) -> list[KnownClue]:
    """Give all clues of the households."""
    result = await session.execute(
        text(
            f"SELECT {_CLUE} FROM clue c LEFT JOIN episode e ON e.episode_id = c.episode_id"
            f" WHERE c.household_id = {any_of('ids')}"
        ),
        {"ids": array_text(sorted(household_ids))},
    )
    return [_known(row) for row in result.mappings()]


async def counting_sources(
    session: AsyncSession, household_ids: Collection[str], periods: Collection[str], excluded: Collection[str]
) -> list[KnownSource]:
    """Give the sources that count: ORANGE ones of the periods, and those of the excluded clues.

    Args:
        excluded: Ids of excluded clues whose facts may keep findings quiet.
    """
    result = await session.execute(
        text(
            "SELECT s.clue_id::text, s.rule_id, s.person_id, s.period, s.severity, s.numbers, s.found_at"
            f" FROM clue_source s WHERE s.household_id = {any_of('ids')} AND NOT s.is_suppressed"
            "   AND ((s.period = ANY(CAST(:periods AS text[])) AND s.severity = 'ORANGE' AND s.withdrawn_at IS NULL)"
            "     OR s.clue_id = ANY(CAST(:excluded AS uuid[])))"
        ),
        {
            "ids": array_text(sorted(household_ids)),
            "periods": array_text(sorted(periods)),
            "excluded": array_text(sorted(excluded)),
        },
    )
    return [KnownSource(**{**row, "severity": Severity(row["severity"])}) for row in result.mappings()]


async def reinstate_findings(session: AsyncSession, finding_ids: Collection[str]) -> tuple[set[str], set[str]]:
    """Give those findings that are stored already, and the households of those that were withdrawn and hold again."""
    result = await session.execute(
        text(
            "SELECT finding_id, household_id, withdrawn_at IS NOT NULL AS is_withdrawn FROM clue_source"
            f" WHERE finding_id = {any_of('ids')}"
        ),
        {"ids": array_text(sorted(finding_ids))},
    )
    rows = result.all()
    again = {row.finding_id: row.household_id for row in rows if row.is_withdrawn}
    if again:
        await session.execute(
            text(
                "UPDATE clue_source SET withdrawn_at = NULL, withdrawn_run = NULL"
                " WHERE finding_id = ANY(CAST(:ids AS text[]))"
            ),
            {"ids": sorted(again)},
        )
    return {row.finding_id for row in rows}, set(again.values())


async def withdraw_source(session: AsyncSession, source_id: str, at: datetime) -> None:
    """Note that what was said of a household does not hold."""
    await session.execute(
        text("UPDATE clue_source SET withdrawn_at = :at WHERE id = CAST(:id AS uuid) AND withdrawn_at IS NULL"),
        {"id": source_id, "at": at},
    )


async def withdraw_findings(session: AsyncSession, withdrawn: Sequence[tuple[str, str, datetime]]) -> set[str]:
    """Note on their sources that findings (id, run, time) no longer hold; give the households whose clues lost one."""
    result = await session.execute(
        text(
            "UPDATE clue_source s SET withdrawn_at = w.at, withdrawn_run = w.run"
            " FROM unnest(CAST(:ids AS text[]), CAST(:runs AS text[]), CAST(:times AS timestamptz[]))"
            " AS w (id, run, at)"
            " WHERE s.finding_id = w.id AND s.withdrawn_at IS NULL RETURNING s.household_id"
        ),
        {
            "ids": [item[0] for item in withdrawn],
            "runs": [item[1] for item in withdrawn],
            "times": [item[2] for item in withdrawn],
        },
    )
    return set(result.scalars())


async def owners_of(session: AsyncSession, finding_ids: Collection[str]) -> dict[str, str]:
    """Give the households (id -> area) whose clues stand on these findings: not the finding's own after a merger."""
    result = await session.execute(
        text(
            "SELECT DISTINCT c.household_id, c.area_code FROM clue_source s JOIN clue c ON c.id = s.clue_id"
            f" WHERE s.finding_id = {any_of('ids')}"
        ),
        {"ids": array_text(sorted(finding_ids))},
    )
    return {row.household_id: row.area_code for row in result}


async def insert_clues(session: AsyncSession, clues: Iterable[FoldedClue], provisional: bool = False) -> None:
    """Store new clues. One that is open is dispatched to the township of its area."""
    # Times as text: the driver's way from a date to text is four times as long.
    await copy_rows(
        session,
        "clue",
        (
            {
                "id": clue.id,
                "household_id": clue.household_id,
                "is_provisional": provisional,
                "area_code": clue.area_code,
                "risk_type": clue.risk_type,
                "severity": str(clue.severity),
                "state": str(clue.state),
                "version": clue.version,
                "channels": array_text(clue.channels),
                "rule_ids": array_text(clue.rule_ids),
                "source_count": clue.source_count,
                "latest_period": clue.latest_period,
                "raised_at": str(clue.raised_at),
                "due_at": clue.due_at and str(clue.due_at),
                "due_from_at": clue.due_from_at and str(clue.due_from_at),
                "due_severity": clue.due_severity and str(clue.due_severity),
                "dispatched_to": clue.area_code[:9] + "000" if clue.state.is_open else None,
                "dispatched_at": str(clue.raised_at) if clue.state.is_open else None,
                "updated_at": str(clue.raised_at),
            }
            for clue in clues
        ),
    )


async def update_clues(session: AsyncSession, clues: Sequence[FoldedClue], now: datetime) -> None:
    """Write what folding changed on known clues, in one statement."""
    await session.execute(
        text(
            "UPDATE clue c SET severity = n.severity, due_at = n.due_at, version = n.version,"
            "   due_from_at = n.due_from_at, due_severity = n.due_severity,"
            "   channels = string_to_array(n.channels, ','), rule_ids = string_to_array(n.rules, ','),"
            "   source_count = n.sources, latest_period = n.period, updated_at = :now"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:severities AS text[]), CAST(:dues AS timestamptz[]),"
            "   CAST(:versions AS int[]), CAST(:channels AS text[]), CAST(:rules AS text[]), CAST(:sources AS int[]),"
            "   CAST(:periods AS text[]), CAST(:due_from_ats AS timestamptz[]), CAST(:due_severities AS text[]))"
            "   AS n (id, severity, due_at, version, channels, rules, sources, period, due_from_at, due_severity)"
            " WHERE c.id = n.id"
        ),
        {
            "now": now,
            "ids": [clue.id for clue in clues],
            "severities": [clue.severity.value for clue in clues],
            "dues": [clue.due_at for clue in clues],
            "due_from_ats": [clue.due_from_at for clue in clues],
            "due_severities": [clue.due_severity for clue in clues],
            "versions": [clue.version for clue in clues],
            "channels": [",".join(clue.channels) for clue in clues],
            "rules": [",".join(clue.rule_ids) for clue in clues],
            "sources": [clue.source_count for clue in clues],
            "periods": [clue.latest_period for clue in clues],
        },
    )


async def insert_sources(
    session: AsyncSession, records: Iterable[SourceRecord], placed: dict[str, str], suppressed: Collection[str]
) -> None:
    """Store sources with their evidence, each at its clue."""
    await copy_rows(
        session,
        "clue_source",
        (
            {
                "id": source.id,
                "clue_id": placed[source.id],
                "household_id": source.household_id,
                "channel": str(source.channel),
                "finding_id": source.finding_id,
                "rule_id": source.rule_id,
                "rule_version": record.rule_version,
                "person_id": source.person_id,
                "period": source.period,
                "severity": str(source.severity),
                "evidence": record.evidence,
                "numbers": record.numbers,
                "fact_names": record.fact_names,
                "parameters": record.parameters,
                "text": record.text,
                "profile_version": record.profile_version,
                "deliveries": array_text(record.deliveries),
                "found_at": str(record.found_at),
                "is_suppressed": source.id in suppressed,
                "via": record.via,
                "note": record.note,
                "visitors": array_text(record.visitors),
                "occurred_on": record.occurred_on,
                "reported_by": record.reported_by,
                "is_policy_gap": source.is_policy_gap,
                "department": record.department,
            }
            for record in records
            for source in (record.source,)
        ),
    )


async def link_cases(session: AsyncSession, clue_ids: Sequence[str]) -> None:
    """Write the households' newest running episodes on existing-case clues."""
    await session.execute(
        text(
            "UPDATE clue c SET episode_id = e.episode_id"
            " FROM (SELECT DISTINCT ON (household_id) household_id, episode_id FROM episode"
            "   WHERE household_id IN (SELECT household_id FROM clue WHERE id = ANY(CAST(:ids AS uuid[])))"
            "    AND NOT has_ended ORDER BY household_id, occurred_on DESC, episode_id DESC) e"
            " WHERE c.id = ANY(CAST(:ids AS uuid[])) AND c.household_id = e.household_id AND c.episode_id IS NULL"
        ),
        {"ids": list(clue_ids)},
    )
