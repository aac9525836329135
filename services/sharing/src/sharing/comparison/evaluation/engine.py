"""The comparison itself: DuckDB over the directory in a run's folder and the delivered parts.

One pass: rows are linked to persons once, facts are computed once for everybody, and all rules of a
scope are evaluated in one scan. No PostgreSQL here, so that a run can be replayed from its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from servicekit.areas import town_of
from sharing.catalogue.service import Catalogue, CompiledRule, Scope, ValueType
from sharing.comparison.evaluation import newcomers
from sharing.comparison.evaluation.aid import aid_sql
from sharing.comparison.evaluation.coverage import Coverage, RuleOutcome, Unknown, hits_sql, parameter_columns
from sharing.comparison.evaluation.evidence import json_sql
from sharing.comparison.evaluation.inputs import (
    AID,
    FINDINGS,
    INSURANCE,
    LEDGERS,
    OCCUPATIONS,
    STATUSES,
    UNUSED,
    Calendar,
    Inputs,
)
from sharing.comparison.evaluation.insurance import insurance_sql
from sharing.comparison.evaluation.linking import Matching, link
from sharing.comparison.evaluation.lists import DayOfPart, days_of, link_before
from sharing.comparison.evaluation.loading import load_parameters, load_tables
from sharing.comparison.evaluation.occupations import OCCUPATIONS_SQL
from sharing.comparison.evaluation.rows_of_areas import ledgers_sql
from sharing.comparison.evaluation.statuses import statuses_sql
from sharing.worklist.service import REGISTER

# A name-based UUID (RFC 9562, version 8) of the SHA-256 of what identifies a finding: the same facts anywhere have
# the same one.
_UUID_OF_DIGEST = "CAST(substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18, 15) AS UUID)"

# Columns of the findings' file, in order, and their types.
_FINDING = {
    "finding_id": "UUID", "rule_id": "VARCHAR", "rule_version": "INTEGER", "scope": "VARCHAR",
    "household_id": "VARCHAR", "person_id": "VARCHAR", "area_code": "VARCHAR", "risk_type": "VARCHAR",
    "severity": "VARCHAR", "evidence": "VARCHAR", "parameters": "VARCHAR", "profile_version": "INTEGER",
    "deliveries": "VARCHAR",
}  # fmt: skip
FINDING_COLUMNS = tuple(_FINDING)

_SCOPES: tuple[Scope, ...] = ("person", "household")


@dataclass(frozen=True)
class Limits:
    """What DuckDB may use; beyond the memory it spills to disk."""

    memory_bytes: int = 1 << 30
    threads: int = 2


def open_database(limits: Limits, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB of nobody's data: one of its own for a long run, one that is kept for the short ones.

    Args:
        spill: Folder for what does not fit into memory; need not exist; None: nothing may be that large.
    """
    database = duckdb.connect(
        config={
            "memory_limit": f"{limits.memory_bytes}B",
            "threads": limits.threads,
            "temp_directory": str(spill or ""),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    database.execute("SET parquet_metadata_cache = true")  # parts never change
    database.execute("CREATE MACRO add_months(day, months) AS CAST(day + INTERVAL (months) MONTH AS DATE)")
    return database


@dataclass
class Difference:
    """What other parameters or rules would add or drop, by household; and how many of each by township."""

    rule_id: str
    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    townships: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass
class Outcome:
    """A run's outcome; the findings themselves are in the file.

    Attributes:
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
        overtaken: Rules of which something newer is known; see `Coverage.overtaken`.
        households: How many were compared; 0 if that was not counted, as in a limited run.
        townships: What became of every rule in each of them, as `sharing.coverage` keeps it; not of a limited run.
        heard: Datasets with a status or a measure that tell of a village's households, with the village.
    """

    rules: list[RuleOutcome]
    matching: list[Matching]
    skipped: list[tuple[str, str | None]]
    difference: list[Difference] | None = None
    overtaken: list[tuple[str, str | None]] = field(default_factory=list)
    households: int = 0
    townships: list[dict[str, Any]] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)


Progress = Callable[[str], None]


class Comparison:
    """The comparison that a folder describes, of a whole county or of one household. Blocks: run it in a thread."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        connection: duckdb.DuckDBPyConnection | None = None,
        *,
        varied: Catalogue | None = None,
        day_of_part: DayOfPart | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        """Prepare the run in `folder`; `progress` is told each stage as it begins.

        Args:
            connection: Of the run alone, as `open_database` or a cursor of it; it is closed at the end, and all that
                the run created goes with it.
            varied: The catalogue with other rules, to try out; see `Outcome.difference`.
            day_of_part: What earlier runs have learned of the parts; this one adds to it.
        """
        self._folder = folder
        self._catalogue = catalogue
        self._varied = varied
        self._progress = progress
        self._inputs = Inputs.load(folder)
        self._coverage = Coverage(catalogue, self._inputs)
        self._hit_counts: dict[str, int] = {}
        self._days: dict[str, date] = {}
        self._empty: set[str] = set()  # tables of rows that have none
        self._idle: set[str] = set()  # rules that no village has what it takes for
        self._day_of_part = {} if day_of_part is None else day_of_part
        self._sql = connection or open_database(Limits(), folder / "tmp")

    def run(self) -> Outcome:
        """Compare; the findings are then in `findings.csv` of the folder.

        Raises:
            duckdb.Error: if a part cannot be read, the disk is full, or the run was interrupted.
        """
        try:
            return self._outcome()
        finally:
            self._sql.close()

    def interrupt(self) -> None:
        """Make `run` fail soon; may be called from another thread."""
        self._sql.interrupt()

    def _outcome(self) -> Outcome:
        self._progress("directory")
        self._load_directory()
        self._progress("matching")
        self._days = days_of(self._sql, self._inputs.sources, self._day_of_part)
        newcomers.find(self._sql, self._catalogue.rows, self._inputs, self._days)
        matching = link(self._sql, self._catalogue.rows, self._inputs)
        named = {code: rows.name for code, rows in self._catalogue.rows.items()}
        self._empty = {named[each.dataset] for each in matching if not each.rows}
        self._empty.update(link_before(self._sql, self._catalogue.rows, self._inputs))
        self._progress("rules")
        self._evaluate({})
        if self._inputs.overrides or self._varied:
            self._sql.execute("CREATE TEMP TABLE finding_now AS FROM finding")
            if self._varied:
                self._catalogue, self._coverage = self._varied, Coverage(self._varied, self._inputs)
            self._evaluate(self._inputs.overrides or {})
            return Outcome(self._outcomes(), matching, self._coverage.skipped(), self._difference())
        self._keep_unchecked()
        self._progress("findings")
        self._write("finding", FINDINGS)
        self._write(f"({statuses_sql(self._catalogue)})", STATUSES)
        self._write(f"({insurance_sql(self._catalogue.rows, self._inputs)})", INSURANCE)
        self._write(f"({aid_sql(self._catalogue.rows, self._empty)})", AID)
        if not self._inputs.is_limited:
            self._write("unused", UNUSED)
            self._write(f"({ledgers_sql(self._catalogue.rows, self._inputs)})", LEDGERS)
            self._write(f"({OCCUPATIONS_SQL})", OCCUPATIONS)
        return Outcome(
            self._outcomes(),
            matching,
            self._coverage.skipped(),
            overtaken=self._coverage.overtaken(),
            households=sum(self._households.values()),
            townships=self._townships(),
            heard=self._coverage.heard(),
        )

    def _keep_unchecked(self) -> None:
        """Add to `unused` those whom a rule says it cannot check."""
        rules = [compiled.rule for compiled in self._catalogue.rules if compiled.rule.is_unchecked]
        if self._inputs.is_limited or not rules:
            return
        asked = ", ".join(f"('{rule.id}', '{rule.needs[0] if rule.needs else REGISTER}')" for rule in rules)
        self._sql.execute(
            "INSERT INTO unused SELECT r.dataset, 'unchecked', NULL, NULL, NULL,"
            " coalesce(f.person_id, f.household_id), f.rule_id, f.household_id, f.person_id, f.area_code"
            f" FROM finding f JOIN (VALUES {asked}) AS r (rule_id, dataset) USING (rule_id)"
        )

    def _write(self, table: str, name: str) -> None:
        self._sql.execute(f"COPY (FROM {table}) TO '{self._folder / name}' (FORMAT csv, HEADER false, NULLSTR '')")

    @cached_property
    def _households(self) -> dict[str, int]:
        """Households by village; nobody is counted in a limited run."""
        if self._inputs.is_limited:
            return {}
        return dict(self._sql.execute("SELECT area_code, count(*) FROM household GROUP BY area_code").fetchall())

    @cached_property
    def _unknown(self) -> Unknown:
        """Households of which something is not known; nobody is counted in a limited run."""
        if self._inputs.is_limited:
            return Unknown({}, {}, {})
        found = self._sql.execute(
            "SELECT area_code, count(*) FROM registry_household WHERE income_year IS NULL GROUP BY area_code"
        )
        without_income = dict(found.fetchall())  # before the next statement: a connection has one result
        return Unknown(self._households, without_income, newcomers.counted(self._sql))

    def _outcomes(self) -> list[RuleOutcome]:
        return self._coverage.outcomes(self._hit_counts, self._unknown)

    def _townships(self) -> list[dict[str, Any]]:
        if self._inputs.is_limited:
            return []
        found = self._sql.execute(
            "SELECT rule_id, rpad(substr(area_code, 1, 9), 12, '0'), count(*) FROM finding GROUP BY ALL"
        )
        counts = {(rule_id, town): findings for rule_id, town, findings in found.fetchall()}
        return self._coverage.townships(counts, self._unknown)

    def _load_directory(self) -> None:
        load_tables(self._sql, self._folder)
        days = Calendar.of(self._inputs.period)
        self._sql.execute(
            "CREATE TEMP TABLE run AS SELECT CAST(? AS DATE) AS period_from, CAST(? AS DATE) AS as_of,"
            " CAST(? AS DATE) AS cutoff, CAST(? AS INTEGER) AS year",
            [days.period_from, days.as_of, days.cutoff, days.as_of.year],
        )

    def _evaluate(self, overrides: Mapping[str, Any]) -> None:
        """Compute facts, evaluate all rules and fill `finding`."""
        self._load_parameters(overrides)
        relations = self._catalogue.relations(self._empty)
        for scope in _SCOPES:
            # What is read once is planned with what reads it: a plan of its own costs more than a household's rows.
            parts: list[str] = []
            for relation in relations[scope]:
                if relation.is_reused or relation.name == f"{scope}_fact":
                    self._sql.execute(
                        f"CREATE OR REPLACE TEMP TABLE {relation.name} AS {'WITH ' if parts else ''}{', '.join(parts)}"
                        f" FROM (\n{relation.sql()}\n)"
                    )
                else:
                    parts.append(f"{relation.name} AS (\n{relation.sql()}\n)")
            self._hits(scope)
        self._collect()

    def _load_parameters(self, overrides: Mapping[str, Any]) -> None:
        """One row a village: its parameters, and which full lists were delivered for it."""
        columns = parameter_columns(self._catalogue)
        rows = self._coverage.parameter_rows(overrides, self._days)
        given = {name: [row[number] for row in rows] for number, (name, _) in enumerate(columns)}
        rules = self._catalogue.by_id
        self._idle = {rule for rule in rules if not any(given[f"ready.{rule}"] + given[f"waits.{rule}"])}
        load_parameters(self._sql, columns, given)

    def _hits(self, scope: Scope) -> None:
        """Keep who meets any rule of a scope, by id, with facts and severities."""
        person_id, person = "CAST(NULL AS VARCHAR)", ""
        if scope == "person":
            person_id, person = "person.person_id", "JOIN person ON person.pn = h.pn"
        hits = hits_sql(self._catalogue, scope, "duckdb", self._idle)
        self._sql.execute(
            f"CREATE OR REPLACE TEMP TABLE {scope}_hit AS SELECT h.*, household.household_id, {person_id} AS person_id"
            f" FROM ({hits}) h JOIN household ON household.hn = h.hn {person}"
        )
        rules = [compiled.rule.id for compiled in self._catalogue.of_scope(scope)]
        self._hit_counts |= dict.fromkeys(rules, 0)
        rules = [rule for rule in rules if rule not in self._idle]
        if not rules:
            return
        counts = ", ".join(f"""count(hit."{rule}") FILTER (p."ready.{rule}")""" for rule in rules)
        [found] = self._sql.execute(
            f"SELECT {counts} FROM {scope}_hit hit JOIN parameter p ON p.area_code = hit.area_code"
        ).fetchall()
        self._hit_counts |= dict(zip(rules, found, strict=True))

    def _collect(self) -> None:
        """Fill `finding` from the hits of all rules at once: to plan a statement costs more than a household's rows."""
        columns = ", ".join(f"{name} {kind}" for name, kind in _FINDING.items())
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE finding ({columns})")
        met = [compiled for compiled in self._catalogue.rules if self._hit_counts[compiled.rule.id]]
        if not met:
            return
        hits = " UNION ALL ".join(
            f"SELECT hit.hn, hit.household_id, hit.person_id, hit.area_code, p.profile_version, unnest([{found}]) AS f"
            f" FROM {scope}_hit hit JOIN parameter p ON p.area_code = hit.area_code"
            for scope in _SCOPES
            if (found := ", ".join(self._found_sql(compiled) for compiled in met if compiled.rule.scope == scope))
        )
        uses = ", ".join(f"('{each.rule.id}', '{code}')" for each in met for code in (*each.datasets, ""))
        self._sql.execute(
            f"""
            INSERT INTO finding SELECT
                {_UUID_OF_DIGEST}, f.rule_id, f.rule_version, f.scope, household_id, person_id, area_code, f.risk_type,
                f.severity, f.evidence, f.parameters, profile_version,
                '{{' || array_to_string(list_sort(list_distinct(list_concat(f.lists, rows))), ',') || '}}'
            FROM (
                SELECT hits.*, coalesce(row_source.delivery_ids, []) AS rows,
                    sha256(concat_ws(chr(31), f.rule_id || '/' || f.rule_version, household_id,
                        coalesce(person_id, ''), ?, f.severity, f.evidence)) AS digest
                FROM ({hits}) hits LEFT JOIN (
                    SELECT rule_id, hn, list(DISTINCT delivery_id) AS delivery_ids
                    FROM row_source JOIN (VALUES {uses}) AS use (rule_id, dataset) USING (dataset) GROUP BY rule_id, hn
                ) row_source ON row_source.hn = hits.hn AND row_source.rule_id = hits.f.rule_id
                WHERE f IS NOT NULL
            )
            """,
            [self._inputs.period],
        )

    def _found_sql(self, compiled: CompiledRule) -> str:
        """Write the expression for what a rule found of a hit; NULL where it does not hold."""
        rule = compiled.rule
        evidence = json_sql({name: ("hit", name, self._catalogue.facts[name].type) for name in compiled.facts})
        parameters = json_sql(
            {name: ("p", name, ValueType(self._catalogue.parameters[name].type)) for name in compiled.parameters}
        )
        datasets = set(compiled.datasets)
        alone = {code for code, rows in self._catalogue.rows.items() if not rows.meets_households}
        whole = [
            each.delivery_id for each in self._inputs.sources
            if each.dataset in datasets and (each.kind == "full" or each.dataset in alone) and each.delivery_id
        ]  # fmt: skip
        listed = ", ".join(f"'{delivery_id}'" for delivery_id in whole)
        return (
            f"""CASE WHEN p."ready.{rule.id}" AND hit."{rule.id}" IS NOT NULL"""
            f""" THEN {{'rule_id': '{rule.id}', 'rule_version': {rule.version},"""
            f""" 'scope': '{rule.scope}', 'risk_type': {compiled.risk_sql("hit")}, 'severity': hit."{rule.id}","""
            f""" 'evidence': {evidence}, 'parameters': {parameters},"""
            f""" 'lists': CAST([{listed}] AS VARCHAR[])}} END"""
        )

    def _difference(self) -> list[Difference]:
        now = {rule_id for (rule_id,) in self._sql.execute("SELECT DISTINCT rule_id FROM finding_now").fetchall()}
        rules = sorted(now | {compiled.rule.id for compiled in self._catalogue.rules})
        by_rule = {rule_id: Difference(rule_id) for rule_id in rules}
        rows = self._sql.execute(
            "SELECT rule_id, household_id, any_value(area_code), bool_and(is_new) FROM"
            " (SELECT DISTINCT rule_id, household_id, area_code, TRUE AS is_new FROM finding"
            "  UNION ALL SELECT DISTINCT rule_id, household_id, area_code, FALSE FROM finding_now)"
            " GROUP BY rule_id, household_id HAVING count(*) = 1 ORDER BY rule_id, household_id"
        ).fetchall()
        for rule_id, household_id, area_code, is_new in rows:
            difference, town = by_rule[rule_id], town_of(area_code)
            (difference.added if is_new else difference.dropped).append(household_id)
            added, dropped = difference.townships.get(town, (0, 0))
            difference.townships[town] = (added + is_new, dropped + (not is_new))
        return list(by_rule.values())


def rule_versions(rules: Sequence[CompiledRule]) -> dict[str, int]:
    """Give the versions that a run is made with."""
    return {compiled.rule.id: compiled.rule.version for compiled in rules}
