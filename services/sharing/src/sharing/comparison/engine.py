"""The comparison itself: DuckDB over the directory export and the delivered parts.

One pass: rows are linked to persons once, facts are computed once for everybody, and all rules of a
scope are evaluated in one scan. No PostgreSQL here, so that a run can be replayed from its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sharing.comparison.coverage import Coverage, hits_sql, household_facts_sql, parameter_columns
from sharing.comparison.facts import dataset_rows, facts_sql
from sharing.comparison.inputs import Calendar, Inputs
from sharing.comparison.linking import link
from sharing.comparison.naming import UUID_OF_DIGEST, digest_sql, json_sql
from sharing.comparison.outcome import Difference, Outcome
from sharing.rules.catalogue import Catalogue, CompiledRule
from sharing.rules.model import Scope

FINDINGS = "findings.csv"

_EXPORTS = {
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
    # Rows pushed singly: those that count for the period.
    "record": {
        "dataset": "VARCHAR",
        "delivery_id": "VARCHAR",
        "period": "VARCHAR",
        "commit_seq": "BIGINT",
        "id_token": "VARCHAR",
        "person_token": "VARCHAR",
        "fields": "JSON",
    },
    # Tokens under further keys while the token key is being changed, and those that stand for the same person here.
    "token": {
        "id_token": "VARCHAR",
        "person_token": "VARCHAR",
        "canonical_id_token": "VARCHAR",
        "canonical_person_token": "VARCHAR",
    },
}
EXPORTED: Mapping[str, tuple[str, ...]] = {name: tuple(columns) for name, columns in _EXPORTS.items()}


@dataclass(frozen=True)
class Limits:
    """What DuckDB may use; beyond the memory it spills to the run's folder."""

    memory_bytes: int = 1 << 30
    threads: int = 2


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
        self._coverage = Coverage(catalogue, inputs)
        self._hit_counts: dict[str, int] = {}

    def outcome(self) -> Outcome:
        self._progress("directory")
        self._load_directory()
        self._progress("matching")
        matching = link(self._sql, dataset_rows(), self._inputs)
        self._progress("rules")
        self._sql.execute("CREATE MACRO add_months(day, months) AS CAST(day + INTERVAL (months) MONTH AS DATE)")
        self._sql.execute(f"CREATE TEMP TABLE income_fact AS {facts_sql('income')}")
        self._evaluate({})
        if self._inputs.overrides:
            self._sql.execute("CREATE TEMP TABLE finding_now AS FROM finding")
            self._evaluate(self._inputs.overrides)
            return Outcome(
                self._coverage.outcomes(self._hit_counts), matching, self._coverage.skipped(), self._difference()
            )
        self._progress("findings")
        self._sql.execute(
            f"COPY (SELECT * FROM finding) TO '{self._folder / FINDINGS}' (FORMAT csv, HEADER false, NULLSTR '')"
        )
        return Outcome(self._coverage.outcomes(self._hit_counts), matching, self._coverage.skipped())

    def _packed(self, name: str, columns: Mapping[str, str]) -> Path:
        """Give the Parquet file of an export; the CSV that PostgreSQL wrote becomes it once."""
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
        return packed

    def _load_directory(self) -> None:
        files = {name: self._packed(name, columns) for name, columns in _EXPORTS.items()}
        self._sql.execute(f"CREATE TEMP TABLE record AS FROM read_parquet('{files['record']}')")
        for kind in ("id", "person"):
            self._sql.execute(
                f"CREATE TEMP TABLE {kind}_alias AS SELECT DISTINCT {kind}_token AS token,"
                f" canonical_{kind}_token AS canonical FROM read_parquet('{files['token']}')"
            )
        self._sql.execute(
            "CREATE TEMP TABLE household AS SELECT CAST(row_number() OVER () AS INTEGER) AS hn, *"
            f" FROM read_parquet('{files['household']}')"
        )
        self._sql.execute(
            "CREATE TEMP TABLE person AS SELECT CAST(row_number() OVER () AS INTEGER) AS pn, household.hn, p.person_id,"
            " CAST(p.id_token AS UUID) AS id_token, CAST(p.person_token AS UUID) AS person_token, p.birth_date,"
            " p.labour, p.relief, p.has_finished_compulsory"
            f" FROM read_parquet('{files['person']}') p JOIN household USING (household_id)"
        )
        self._sql.execute(
            "CREATE TEMP TABLE income AS SELECT household.hn, i.* EXCLUDE (household_id)"
            f" FROM read_parquet('{files['income']}') i JOIN household USING (household_id)"
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
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE person_fact AS {facts_sql('person')}")
        self._hits("person")
        facts = household_facts_sql(self._catalogue, facts_sql("household"))
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE household_fact AS {facts}")
        self._hits("household")
        self._sql.execute(
            "CREATE OR REPLACE TEMP TABLE finding (finding_id UUID, rule_id VARCHAR, rule_version INTEGER,"
            " scope VARCHAR, household_id VARCHAR, person_id VARCHAR, area_code VARCHAR, risk_type VARCHAR,"
            " severity VARCHAR, evidence VARCHAR, parameters VARCHAR, profile_version INTEGER, deliveries VARCHAR)"
        )
        for compiled in self._catalogue.rules:
            if self._hit_counts[compiled.rule.id]:
                self._collect(compiled)

    def _load_parameters(self, overrides: Mapping[str, Any]) -> None:
        """One row a village: its parameters, and which full lists were delivered for it."""
        columns = parameter_columns(self._catalogue)
        rows = self._coverage.parameter_rows(overrides)
        texts = [[None if value is None else str(value) for value in column] for column in zip(*rows, strict=True)]
        # As one Arrow table: a statement a village would take seconds for a province.
        given = pa.table(
            {
                name: pa.array(column, pa.string())
                for (name, _), column in zip(columns, texts or [[]] * len(columns), strict=True)
            }
        )
        typed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns)
        self._sql.register("given", given)
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE parameter AS SELECT {typed} FROM given")
        self._sql.unregister("given")

    def _hits(self, scope: Scope) -> None:
        """Keep who meets any rule of a scope, with facts and severities."""
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE {scope}_hit AS {hits_sql(self._catalogue, scope, 'duckdb')}")
        rules = [compiled.rule.id for compiled in self._catalogue.of_scope(scope)]
        counts = ", ".join(f'count("{rule}")' for rule in rules)
        row = self._sql.execute(f"SELECT {counts} FROM {scope}_hit").fetchone()
        self._hit_counts |= dict(zip(rules, row or (), strict=True))

    def _collect(self, compiled: CompiledRule) -> None:
        rule = compiled.rule
        person_id, person = "CAST(NULL AS VARCHAR)", ""
        if rule.scope == "person":
            person_id, person = "person.person_id", "JOIN person ON person.pn = hit.pn"
        evidence = json_sql({name: ("hit", name, self._catalogue.facts[name].type) for name in compiled.facts})
        parameters = json_sql(
            {name: ("p", name, self._catalogue.parameters[name].type) for name in compiled.parameters}
        )
        datasets = set(compiled.datasets)
        whole = [s.delivery_id for s in self._inputs.sources if s.dataset in datasets and s.kind == "full"]
        self._sql.execute(
            f"""
            INSERT INTO finding
            SELECT
                {UUID_OF_DIGEST},
                ?, ?, ?, household_id, person_id, area_code, ?, severity, evidence, parameters, profile_version,
                '{{' || array_to_string(list_sort(list_distinct(list_concat(CAST(? AS VARCHAR[]), rows))), ',') || '}}'
            FROM (SELECT *, {digest_sql("?", "?", "severity", "evidence")} AS digest FROM (
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


def rule_versions(rules: Sequence[CompiledRule]) -> dict[str, int]:
    """Give the versions that a run is made with."""
    return {compiled.rule.id: compiled.rule.version for compiled in rules}
