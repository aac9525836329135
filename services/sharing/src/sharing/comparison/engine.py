"""The comparison itself: DuckDB over the directory export and the delivered parts.

One pass: rows are linked to persons once, facts are computed once for everybody, and all rules of a
scope are evaluated in one scan. No PostgreSQL here, so that a run can be replayed from its folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from sharing.comparison.inputs import Calendar, Inputs
from sharing.comparison.linking import DatasetRows, Matching, link
from sharing.datasets.catalogue import load_catalogue as load_datasets
from sharing.rules.catalogue import Catalogue, CompiledRule
from sharing.rules.model import Scope, ValueType

FINDINGS = "findings.csv"
_FACTS = files("sharing.rules").joinpath("facts")

_DIRECTORY = {
    "household": {
        "household_id": "VARCHAR",
        "area_code": "VARCHAR",
        "hh_type": "VARCHAR",
        "housing_tenure": "VARCHAR",
        "is_monitored": "BOOLEAN",
        "has_open_risk": "BOOLEAN",
        "last_negative_decision_on": "DATE",
    },
    "person": {
        "household_id": "VARCHAR",
        "person_id": "VARCHAR",
        "id_token": "VARCHAR",
        "person_token": "VARCHAR",
        "birth_date": "DATE",
        "labour": "VARCHAR",
        "relief": "VARCHAR",
        "has_finished_compulsory": "BOOLEAN",
    },
    "income": {
        "household_id": "VARCHAR",
        "year": "INTEGER",
        "net": "DECIMAL(14, 2)",
        "per_capita_net": "DECIMAL(14, 2)",
        "ref_per_capita": "DECIMAL(14, 2)",
        "self_paid": "DECIMAL(14, 2)",
    },
}
EXPORTED: Mapping[str, tuple[str, ...]] = {name: tuple(columns) for name, columns in _DIRECTORY.items()}


@dataclass(frozen=True)
class Limits:
    """What DuckDB may use; beyond the memory it spills to the run's folder."""

    memory_bytes: int = 1 << 30
    threads: int = 2


@dataclass
class RuleOutcome:
    """What a rule gave in a run."""

    rule_id: str
    rule_version: int
    findings: int = 0
    skipped_villages: int = 0
    skipped_because: str | None = None


@dataclass
class Difference:
    """What other parameters would add or drop, by household."""

    rule_id: str
    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """A run's outcome; the findings themselves are in `findings.csv` of the run's folder.

    Attributes:
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
    """

    rules: list[RuleOutcome]
    matching: list[Matching]
    skipped: list[tuple[str, str | None]]
    difference: list[Difference] | None = None


Progress = Callable[[str], None]


class Comparison:
    """The comparison that a folder describes (directory export and `run.json`). Blocks: run it in a thread."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        *,
        limits: Limits | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        """Prepare the run in `folder`; `progress` is told each stage as it begins."""
        limits = limits or Limits()
        self._folder = folder
        self._catalogue = catalogue
        self._progress = progress
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{limits.memory_bytes}B",
                "threads": limits.threads,
                "temp_directory": str(folder / "tmp"),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def run(self) -> Outcome:
        """Compare; the findings are then in `findings.csv` of the folder.

        Raises:
            duckdb.Error: if a part cannot be read, the disk is full, or the run was interrupted.
        """
        try:
            inputs = Inputs.load(self._folder)
            return _Run(self._connection, self._folder, inputs, self._catalogue, self._progress).outcome()
        finally:
            self._connection.close()

    def interrupt(self) -> None:
        """Make `run` fail soon; may be called from another thread."""
        self._connection.interrupt()


@cache
def _dataset_rows() -> dict[str, DatasetRows]:
    document = tomllib.loads(_FACTS.joinpath("datasets.toml").read_text(encoding="utf-8"))
    return {
        code: DatasetRows(code, entry["name"], tuple(entry["key"]), tuple(entry.get("newest", ())), entry["columns"])
        for code, entry in document.items()
    }


@cache
def _facts_sql(name: str) -> str:
    return _FACTS.joinpath(f"{name}.sql").read_text(encoding="utf-8")


class _Run:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        inputs: Inputs,
        catalogue: Catalogue,
        progress: Progress,
    ) -> None:
        self._sql = connection
        self._folder = folder
        self._inputs = inputs
        self._catalogue = catalogue
        self._progress = progress
        self._hit_counts: dict[str, int] = {}
        self._full_lists = [code for code, dataset in load_datasets().items() if dataset.mode == "full"]

    def outcome(self) -> Outcome:
        self._progress("directory")
        self._load_directory()
        self._progress("matching")
        matching = link(self._sql, _dataset_rows(), self._inputs)
        self._progress("rules")
        self._sql.execute("CREATE MACRO add_months(day, months) AS CAST(day + INTERVAL (months) MONTH AS DATE)")
        self._sql.execute(f"CREATE TEMP TABLE income_fact AS {_facts_sql('income')}")
        self._evaluate({})
        if self._inputs.overrides:
            self._sql.execute("CREATE TEMP TABLE finding_now AS FROM finding")
            self._evaluate(self._inputs.overrides)
            return Outcome(self._counts(), matching, self._skipped(), self._difference())
        self._progress("findings")
        self._sql.execute(
            f"COPY (SELECT * FROM finding) TO '{self._folder / FINDINGS}' (FORMAT csv, HEADER false, NULLSTR '')"
        )
        return Outcome(self._counts(), matching, self._skipped())

    def _load_directory(self) -> None:
        for name, columns in _DIRECTORY.items():
            csv, packed = self._folder / f"{name}.csv", self._folder / f"{name}.parquet"
            if not packed.exists():
                typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
                # auto_detect=false: what the export wrote is known, guessing could only be wrong.
                source = (
                    f"read_csv('{csv}', auto_detect = false, header = false, delim = ',', quote = '\"',"
                    f" escape = '\"', nullstr = '', columns = {{{typed}}})"
                )
                self._sql.execute(f"COPY (FROM {source}) TO '{packed}' (FORMAT parquet, COMPRESSION zstd)")
                csv.unlink()
        self._sql.execute(
            "CREATE TEMP TABLE household AS SELECT CAST(row_number() OVER () AS INTEGER) AS hn, *"
            f" FROM read_parquet('{self._folder / 'household.parquet'}')"
        )
        self._sql.execute(
            "CREATE TEMP TABLE person AS SELECT CAST(row_number() OVER () AS INTEGER) AS pn, household.hn, p.person_id,"
            " CAST(p.id_token AS UUID) AS id_token, CAST(p.person_token AS UUID) AS person_token, p.birth_date,"
            " p.labour, p.relief, p.has_finished_compulsory"
            f" FROM read_parquet('{self._folder / 'person.parquet'}') p JOIN household USING (household_id)"
        )
        self._sql.execute(
            "CREATE TEMP TABLE income AS SELECT household.hn, i.* EXCLUDE (household_id)"
            f" FROM read_parquet('{self._folder / 'income.parquet'}') i JOIN household USING (household_id)"
        )
        days = Calendar.of(self._inputs.period)
        self._sql.execute(
            "CREATE TEMP TABLE run AS SELECT CAST(? AS DATE) AS period_from, CAST(? AS DATE) AS as_of,"
            " CAST(? AS DATE) AS cutoff, CAST(? AS INTEGER) AS year",
            [
                days.period_from,
                days.as_of,
                days.cutoff,
                days.as_of.year,
            ],
        )

    def _evaluate(self, overrides: Mapping[str, Any]) -> None:
        """Compute facts, evaluate all rules and fill `finding`."""
        self._load_parameters(overrides)
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE person_fact AS {_facts_sql('person')}")
        self._hits("person")
        any_member = {fact.name: fact.any_member for fact in self._catalogue.facts.values() if fact.any_member}
        sums = "".join(f', bool_or("{rule}" IS NOT NULL) AS {name}' for name, rule in any_member.items())
        known = "".join(f", coalesce(any_member.{name}, FALSE) AS {name}" for name in any_member)
        self._sql.execute(
            f"CREATE OR REPLACE TEMP TABLE household_fact AS SELECT h.*{known} FROM ({_facts_sql('household')}) h"
            f" LEFT JOIN (SELECT hn{sums} FROM person_hit GROUP BY hn) any_member ON any_member.hn = h.hn"
        )
        self._hits("household")
        self._sql.execute(
            "CREATE OR REPLACE TEMP TABLE finding (finding_id UUID, rule_id VARCHAR, rule_version INTEGER,"
            " scope VARCHAR, household_id VARCHAR, person_id VARCHAR, area_code VARCHAR, risk_type VARCHAR,"
            " severity VARCHAR, evidence VARCHAR, parameters VARCHAR, profile_version INTEGER, deliveries VARCHAR)"
        )
        for compiled in self._catalogue.rules:
            if self._hit_counts[compiled.rule.id]:  # a pushed record meets few rules: do not plan the others
                self._collect(compiled)

    def _load_parameters(self, overrides: Mapping[str, Any]) -> None:
        """One row a village: its parameters, and which full lists were delivered for it."""
        names = self._catalogue.used_parameters
        columns = "".join(f', "{name}" {self._catalogue.parameters[name].type.sql}' for name in names)
        known = "".join(f', "whole.{code}" BOOLEAN, "any.{code}" BOOLEAN' for code in self._full_lists)
        self._sql.execute(
            f"CREATE OR REPLACE TEMP TABLE parameter (area_code VARCHAR, profile_version INTEGER{columns}{known})"
        )
        rows = [
            [
                area,
                group.profile_version,
                *(overrides.get(name, group.values[name]) for name in names),
                *(
                    self._inputs.is_known(code, area, whole=whole)
                    for code in self._full_lists
                    for whole in (True, False)
                ),
            ]
            for group in self._inputs.parameters
            for area in group.areas
        ]
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self._sql.executemany(f"INSERT INTO parameter VALUES ({places})", rows)

    def _needs(self, compiled: CompiledRule) -> list[tuple[str, bool]]:
        """Full lists without which the rule knows nothing, and whether the whole list is needed."""
        rule = compiled.rule
        return [(code, code in rule.claims_absence) for code in rule.needs if code in self._full_lists]

    def _skipped_villages(self, compiled: CompiledRule) -> list[str]:
        needs = self._needs(compiled)
        return [
            area
            for area in self._inputs.areas
            if not all(self._inputs.is_known(code, area, whole=whole) for code, whole in needs)
        ]

    def _skipped_because(self, compiled: CompiledRule) -> str | None:
        """Say why a rule can be evaluated nowhere."""
        for code, whole in self._needs(compiled):
            villages: list[str | None] = [*self._inputs.areas] or [None]
            if not any(self._inputs.is_known(code, area, whole=whole) for area in villages):
                return f"{code}: no complete delivery counts for {self._inputs.period}"
        return None

    def _skipped(self) -> list[tuple[str, str | None]]:
        skipped: list[tuple[str, str | None]] = []
        for compiled in self._catalogue.rules:
            if self._skipped_because(compiled):
                skipped.append((compiled.rule.id, None))
            else:
                skipped += [(compiled.rule.id, area) for area in self._skipped_villages(compiled)]
        return skipped

    def _severity(self, compiled: CompiledRule) -> str:
        guards = " AND ".join(f'p."{"whole" if whole else "any"}.{code}"' for code, whole in self._needs(compiled))
        return f"CASE WHEN {guards} THEN {compiled.severity_sql()} END" if guards else compiled.severity_sql()

    def _hits(self, scope: Scope) -> None:
        """One scan for all rules of a scope: keep who meets any of them, with facts and severities."""
        severities = [
            f'{self._severity(compiled)} AS "{compiled.rule.id}"' for compiled in self._catalogue.of_scope(scope)
        ]
        any_rule = ", ".join(f'"{compiled.rule.id}"' for compiled in self._catalogue.of_scope(scope))
        self._sql.execute(
            f"CREATE OR REPLACE TEMP TABLE {scope}_hit AS SELECT * FROM"
            f" (SELECT f.*, {', '.join(severities)} FROM {scope}_fact f JOIN parameter p ON p.area_code = f.area_code)"
            f" WHERE coalesce({any_rule}) IS NOT NULL"
        )
        rules = [compiled.rule.id for compiled in self._catalogue.of_scope(scope)]
        counts = ", ".join(f'count("{rule}")' for rule in rules)
        row = self._sql.execute(f"SELECT {counts} FROM {scope}_hit").fetchone()
        self._hit_counts |= dict(zip(rules, row or (), strict=True))

    def _collect(self, compiled: CompiledRule) -> None:
        rule = compiled.rule
        person_id, person = "CAST(NULL AS VARCHAR)", ""
        if rule.scope == "person":
            person_id, person = "person.person_id", "JOIN person ON person.pn = hit.pn"
        evidence = _json({name: ("hit", name, self._catalogue.facts[name].type) for name in compiled.facts})
        parameters = _json({name: ("p", name, self._catalogue.parameters[name].type) for name in compiled.parameters})
        datasets = set(compiled.datasets)
        whole = [s.delivery_id for s in self._inputs.sources if s.dataset in datasets and s.kind == "full"]
        self._sql.execute(
            f"""
            INSERT INTO finding
            SELECT
                {_UUID_OF_DIGEST},
                ?, ?, ?, household_id, person_id, area_code, ?, severity, evidence, parameters, profile_version,
                '{{' || array_to_string(list_sort(list_distinct(list_concat(CAST(? AS VARCHAR[]), rows))), ',') || '}}'
            FROM (SELECT *, sha256(concat_ws(chr(31), ?, household_id, coalesce(person_id, ''), ?, severity, evidence))
                AS digest FROM (
                SELECT household.household_id, {person_id} AS person_id, hit.area_code,
                    hit."{rule.id}" AS severity, {evidence} AS evidence, {parameters} AS parameters,
                    p.profile_version, coalesce(row_source.delivery_ids, []) AS rows
                FROM {rule.scope}_hit hit
                JOIN household ON household.hn = hit.hn
                JOIN parameter p ON p.area_code = hit.area_code
                {person}
                LEFT JOIN (
                    SELECT hn, list(DISTINCT delivery_id) AS delivery_ids FROM row_source
                    WHERE list_contains(CAST(? AS VARCHAR[]), dataset) GROUP BY hn
                ) row_source ON row_source.hn = hit.hn
                WHERE hit."{rule.id}" IS NOT NULL
            ))
            """,
            [
                rule.id,
                rule.version,
                rule.scope,
                rule.risk_type.value,
                whole,
                f"{rule.id}/{rule.version}",
                self._inputs.period,
                list(compiled.datasets),
            ],
        )

    def _counts(self) -> list[RuleOutcome]:
        return [
            RuleOutcome(
                compiled.rule.id,
                compiled.rule.version,
                self._hit_counts[compiled.rule.id],
                len(self._skipped_villages(compiled)),
                self._skipped_because(compiled),
            )
            for compiled in self._catalogue.rules
        ]

    def _difference(self) -> list[Difference]:
        by_rule = {compiled.rule.id: Difference(compiled.rule.id) for compiled in self._catalogue.rules}
        rows = self._sql.execute(
            "SELECT rule_id, household_id, bool_and(is_new) FROM"
            " (SELECT DISTINCT rule_id, household_id, TRUE AS is_new FROM finding"
            "  UNION ALL SELECT DISTINCT rule_id, household_id, FALSE FROM finding_now)"
            " GROUP BY rule_id, household_id HAVING count(*) = 1 ORDER BY rule_id, household_id"
        ).fetchall()
        for rule_id, household_id, is_new in rows:
            (by_rule[rule_id].added if is_new else by_rule[rule_id].dropped).append(household_id)
        return list(by_rule.values())


def _json(columns: Mapping[str, tuple[str, str, ValueType]]) -> str:
    """Write an expression that gives a JSON object: money, ratios and dates as text, the rest as they are."""
    return f"CAST(json_object({', '.join(_member(name, *column) for name, column in columns.items())}) AS VARCHAR)"


def _member(name: str, table: str, column: str, kind: ValueType) -> str:
    value = f'{table}."{column}"'
    if kind in (ValueType.MONEY, ValueType.DATE):
        value = f"CAST({value} AS VARCHAR)"
    elif kind is ValueType.RATIO:
        value = f"rtrim(rtrim(CAST({value} AS VARCHAR), '0'), '.')"
    return f"'{name}', {value}"


# A name-based UUID (RFC 9562, version 8) of the SHA-256 of what identifies a finding.
_UUID_OF_DIGEST = "CAST(substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18, 15) AS UUID)"


def rule_versions(rules: Sequence[CompiledRule]) -> dict[str, int]:
    """Give the versions that a run is made with."""
    return {compiled.rule.id: compiled.rule.version for compiled in rules}
