"""What a comparison changes: its findings against those that stand, as files that PostgreSQL takes in by COPY.

Half a million findings are compared, and their events written, in native code on all cores; PostgreSQL does
only what it alone can do: store them in one transaction. Blocks: call it in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from contracts import topics
from contracts.sharing import FindingRaised, FindingWithdrawn
from sharing.comparison.folders import read_csv
from sharing.comparison.store import ClaimedRun

STORED = "stored.csv"
_FILES = ("new", "revived", "moved", "gone", "raised", "withdrawn")

_MEMORY = "512MB"
_CSV = "(FORMAT csv, HEADER false, NULLSTR '')"
_FINDING = {
    "finding_id": "UUID", "rule_id": "VARCHAR", "rule_version": "INTEGER", "scope": "VARCHAR",
    "household_id": "VARCHAR", "person_id": "VARCHAR", "area_code": "VARCHAR", "risk_type": "VARCHAR",
    "severity": "VARCHAR", "evidence": "VARCHAR", "parameters": "VARCHAR", "profile_version": "INTEGER",
    "deliveries": "VARCHAR",
}  # fmt: skip
_STORED = {
    "finding_id": "UUID",
    "rule_id": "VARCHAR",
    "household_id": "VARCHAR",
    "area_code": "VARCHAR",
    "stands": "BOOLEAN",
}

# By village, as the indexes of `finding`; and all about a household together, as its events are folded. Sorted once,
# while rows are narrow.
_ORDER = "area_code, household_id, rule_id"

# Columns of the files, in their order.
FINDING_COLUMNS = (*_FINDING, "run_id", "period", "found_at")
REVIVED_COLUMNS = ("finding_id", "area_code", "parameters", "profile_version", "deliveries")
EVENT_COLUMNS = ("event_id", "topic", "key", "type", "time", "traceparent", "data")


@dataclass(frozen=True)
class Announcement:
    """What every event of a run says."""

    run: ClaimedRun
    at: datetime
    traceparent: str | None
    fact_names: Mapping[str, Any]


@dataclass(frozen=True)
class Changes:
    """Files of a run's folder, and how many findings of each rule they raise and withdraw.

    Attributes:
        new, revived, moved, gone: Findings to insert, to let stand again, whose village changed, to withdraw;
            `None` for no such finding.
        raised, withdrawn: Their events. Raised come first: a clue whose evidence changed never looks as if nothing
            supported it.
    """

    new: Path | None
    revived: Path | None
    moved: Path | None
    gone: Path | None
    raised: Path | None
    withdrawn: Path | None
    raised_by_rule: dict[str, int]
    withdrawn_by_rule: dict[str, int]


def write_changes(
    findings: Path, announcement: Announcement, skipped: Sequence[tuple[str, str | None]], *, threads: int = 2
) -> Changes:
    """Compare `findings` (as the engine writes them) with `stored.csv` beside them.

    Args:
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere: without data nothing
            is known, neither way, and their findings stay.
    """
    folder = findings.parent
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY, "threads": threads, "temp_directory": str(folder / "tmp"),
    }  # fmt: skip
    files = [folder / f"{name}.csv" for name in _FILES]
    new, revived, moved, gone, raised, withdrawn = files
    with duckdb.connect(config=config) as db:
        _load(db, findings, folder / STORED, skipped)
        run, at = announcement.run, announcement.at.isoformat()
        values = {"run": run.id, "period": run.period, "at": at}
        db.execute(
            f"COPY (SELECT {', '.join(_FINDING)}, $run, $period, $at FROM now WHERE NOT is_stored) TO '{new}' {_CSV}",
            values,
        )
        db.execute(
            f"COPY (SELECT {', '.join(REVIVED_COLUMNS)} FROM now WHERE is_stored AND NOT stands) TO '{revived}' {_CSV}"
        )
        db.execute(
            f"COPY (SELECT finding_id, area_code FROM now WHERE stands AND area_code <> old_area) TO '{moved}' {_CSV}"
        )
        db.execute(f"COPY (SELECT finding_id FROM gone) TO '{gone}' {_CSV}")
        _write_raised(db, announcement, raised)
        _write_withdrawn(db, announcement, withdrawn)
        return Changes(
            new=_filled(new),
            revived=_filled(revived),
            moved=_filled(moved),
            gone=_filled(gone),
            raised=_filled(raised),
            withdrawn=_filled(withdrawn),
            raised_by_rule=_count(db, "now WHERE stands IS NOT TRUE"),
            withdrawn_by_rule=_count(db, "gone"),
        )


def _filled(file: Path) -> Path | None:
    return file if file.stat().st_size else None


def delete_changes(findings: Path) -> None:
    """Delete the files that `write_changes` made: PostgreSQL has what they say."""
    for name in (*(f"{name}.csv" for name in _FILES), STORED):
        findings.with_name(name).unlink(missing_ok=True)


def _load(
    db: duckdb.DuckDBPyConnection, findings: Path, stored: Path, skipped: Sequence[tuple[str, str | None]]
) -> None:
    """Create `now` (what holds, and whether it is stored and stands) and `gone` (what no longer holds)."""
    db.execute("CREATE TEMP TABLE skipped (rule_id VARCHAR, area_code VARCHAR)")
    if skipped:
        db.execute("INSERT INTO skipped SELECT unnest($rules), unnest($areas)", {
            "rules": [rule for rule, _ in skipped], "areas": [area for _, area in skipped],
        })  # fmt: skip
    db.execute(f"CREATE TEMP TABLE stored AS FROM {read_csv(stored, _STORED)}")
    columns = ", ".join(f"f.{name}" for name in _FINDING)
    db.execute(
        f"CREATE TEMP TABLE now AS SELECT {columns}, s.finding_id IS NOT NULL AS is_stored, s.stands,"
        f" s.area_code AS old_area FROM {read_csv(findings, _FINDING)} f LEFT JOIN stored s USING (finding_id)"
        f" ORDER BY {_ORDER}"
    )
    db.execute(
        "CREATE TEMP TABLE gone AS FROM stored s WHERE s.stands"
        " AND NOT EXISTS (SELECT 1 FROM now WHERE now.finding_id = s.finding_id)"
        " AND NOT EXISTS (SELECT 1 FROM skipped k"
        "                 WHERE k.rule_id = s.rule_id AND (k.area_code IS NULL OR k.area_code = s.area_code))"
        f" ORDER BY {_ORDER}"
    )


def _write_raised(db: duckdb.DuckDBPyConnection, announcement: Announcement, file: Path) -> None:
    """One event a finding; the JSON is put together from texts that are JSON already."""
    db.execute("CREATE TEMP TABLE fact_names (rule_id VARCHAR, names VARCHAR)")
    names = {rule: json.dumps(facts, ensure_ascii=False) for rule, facts in announcement.fact_names.items()}
    if names:
        db.execute(
            "INSERT INTO fact_names SELECT unnest($rules), unnest($names)",
            {"rules": list(names), "names": list(names.values())},
        )
    members = {
        "finding_id": "'\"' || finding_id || '\"'",
        "run_id": "to_json($run)",
        "rule_id": "to_json(rule_id)",
        "rule_version": "rule_version",
        "scope": "to_json(scope)",
        "household_id": "to_json(household_id)",
        "person_id": "coalesce(to_json(person_id), 'null')",
        "area_code": "to_json(area_code)",
        "period": "to_json($period)",
        "risk_type": "to_json(risk_type)",
        "severity": "to_json(severity)",
        "evidence": "evidence",
        "parameters": "parameters",
        "profile_version": "profile_version",
        "deliveries": "CASE deliveries WHEN '{}' THEN '[]'"
        " ELSE '[\"' || replace(deliveries[2:-2], ',', '\",\"') || '\"]' END",
        "found_at": "to_json($at)",
        "fact_names": "coalesce(names, '{}')",
    }
    rows = "now LEFT JOIN fact_names USING (rule_id) WHERE stands IS NOT TRUE"
    _write_events(db, announcement, FindingRaised.event_type, members, rows, file)


def _write_withdrawn(db: duckdb.DuckDBPyConnection, announcement: Announcement, file: Path) -> None:
    members = {
        "finding_id": "'\"' || finding_id || '\"'",
        "run_id": "to_json($run)",
        "rule_id": "to_json(rule_id)",
        "household_id": "to_json(household_id)",
        "period": "to_json($period)",
        "withdrawn_at": "to_json($at)",
    }
    _write_events(db, announcement, FindingWithdrawn.event_type, members, "gone", file)


def _write_events(
    db: duckdb.DuckDBPyConnection,
    announcement: Announcement,
    event_type: str,
    members: Mapping[str, str],
    rows: str,
    file: Path,
) -> None:
    # One `concat`: a chain of `||` would copy the growing text at each link.
    data = ", ',".join(f'"{name}":\', {value}' for name, value in members.items())
    db.execute(
        f"COPY (SELECT uuidv7(), $topic, household_id, $type, $at, $traceparent, concat('{{{data}, '}}') AS data"
        f" FROM {rows}) TO '{file}' {_CSV}",
        {
            "topic": topics.FINDING.name,
            "type": event_type,
            "at": announcement.at.isoformat(),
            "traceparent": announcement.traceparent,
            "run": announcement.run.id,
            "period": announcement.run.period,
        },
    )


def _count(db: duckdb.DuckDBPyConnection, rows: str) -> dict[str, int]:
    return dict(db.execute(f"SELECT rule_id, count(*) FROM {rows} GROUP BY rule_id").fetchall())
