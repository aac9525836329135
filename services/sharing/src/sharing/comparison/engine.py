"""The comparison itself: DuckDB over the directory in a run's folder and the delivered parts.

One pass: rows are linked to persons once, facts are computed once for everybody, and all rules of a
scope are evaluated in one scan. No PostgreSQL here, so that a run can be replayed from its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sharing.catalogue.service import Catalogue, CompiledRule, Scope, ValueType
from sharing.comparison.coverage import Coverage, RuleOutcome, hits_sql, parameter_columns
from sharing.comparison.inputs import FINDINGS, RECORDS, Calendar, Inputs
from sharing.comparison.linking import Matching, link
from sharing.deliveries.service import RECORD_COLUMNS
from sharing.directory.service import EXPORTED

# A name-based UUID (RFC 9562, version 8) of the SHA-256 of what identifies a finding: the same facts anywhere have
# the same one.
_UUID_OF_DIGEST = "CAST(substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18, 15) AS UUID)"

# Columns of the findings' file, in order.
FINDING_COLUMNS = (
    "finding_id", "rule_id", "rule_version", "scope", "household_id", "person_id", "area_code", "risk_type",
    "severity", "evidence", "parameters", "profile_version", "deliveries",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What DuckDB may use; beyond the memory it spills to disk."""

    memory_bytes: int = 1 << 30
    threads: int = 2


def open_database(limits: Limits, spill: Path) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB of nobody's data: one of its own for a long run, one that is kept for the short ones.

    Args:
        spill: Folder for what does not fit into memory; need not exist.
    """
    database = duckdb.connect(
        config={
            "memory_limit": f"{limits.memory_bytes}B",
            "threads": limits.threads,
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    database.execute("SET parquet_metadata_cache = true")  # parts never change
    return database


@dataclass
class Difference:
    """What other parameters would add or drop, by household."""

    rule_id: str
    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """A run's outcome; the findings themselves are in the file.

    Attributes:
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
    """

    rules: list[RuleOutcome]
    matching: list[Matching]
    skipped: list[tuple[str, str | None]]
    difference: list[Difference] | None = None


Progress = Callable[[str], None]


class Comparison:
    """The comparison that a folder describes, of a whole county or of one household. Blocks: run it in a thread."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        connection: duckdb.DuckDBPyConnection | None = None,
        *,
        progress: Progress = lambda _: None,
    ) -> None:
        """Prepare the run in `folder`; `progress` is told each stage as it begins.

        Args:
            connection: Of the run alone, as `open_database` or a cursor of it; it is closed at the end, and all that
                the run created goes with it.
        """
        self._folder = folder
        self._catalogue = catalogue
        self._progress = progress
        self._inputs = Inputs.load(folder)
        self._coverage = Coverage(catalogue, self._inputs)
        self._hit_counts: dict[str, int] = {}
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
        matching = link(self._sql, self._catalogue.rows, self._inputs)
        self._progress("rules")
        self._sql.execute("CREATE TEMP MACRO add_months(day, months) AS CAST(day + INTERVAL (months) MONTH AS DATE)")
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

    def _load_directory(self) -> None:
        load_tables(self._sql, self._folder)
        for kind in ("id", "person"):
            self._sql.execute(
                f"CREATE TEMP TABLE {kind}_alias AS SELECT DISTINCT {kind}_token AS token,"
                f" canonical_{kind}_token AS canonical FROM token"
            )
        days = Calendar.of(self._inputs.period)
        self._sql.execute(
            "CREATE TEMP TABLE run AS SELECT CAST(? AS DATE) AS period_from, CAST(? AS DATE) AS as_of,"
            " CAST(? AS DATE) AS cutoff, CAST(? AS INTEGER) AS year",
            [days.period_from, days.as_of, days.cutoff, days.as_of.year],
        )

    def _evaluate(self, overrides: Mapping[str, Any]) -> None:
        """Compute facts, evaluate all rules and fill `finding`."""
        self._load_parameters(overrides)
        scopes: tuple[Scope, ...] = ("person", "household")
        for scope in scopes:
            for relation in self._catalogue.relations[scope]:
                kind = "TABLE" if relation.is_reused or relation.name == f"{scope}_fact" else "VIEW"
                self._sql.execute(f"CREATE OR REPLACE TEMP {kind} {relation.name} AS {relation.sql()}")
            self._hits(scope)
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
        """Keep who meets any rule of a scope, by id, with facts and severities."""
        person_id, person = "CAST(NULL AS VARCHAR)", ""
        if scope == "person":
            person_id, person = "person.person_id", "JOIN person ON person.pn = h.pn"
        self._sql.execute(
            f"CREATE OR REPLACE TEMP TABLE {scope}_hit AS SELECT h.*, household.household_id, {person_id} AS person_id"
            f" FROM ({hits_sql(self._catalogue, scope, 'duckdb')}) h JOIN household ON household.hn = h.hn {person}"
        )
        rules = [compiled.rule.id for compiled in self._catalogue.of_scope(scope)]
        counts = ", ".join(f'count("{rule}")' for rule in rules)
        [found] = self._sql.execute(f"SELECT {counts} FROM {scope}_hit").fetchall()
        self._hit_counts |= dict(zip(rules, found, strict=True))

    def _collect(self, compiled: CompiledRule) -> None:
        rule = compiled.rule
        evidence = _json_sql({name: ("hit", name, self._catalogue.facts[name].type) for name in compiled.facts})
        parameters = _json_sql(
            {name: ("p", name, ValueType(self._catalogue.parameters[name].type)) for name in compiled.parameters}
        )
        datasets = set(compiled.datasets)
        whole = [s.delivery_id for s in self._inputs.sources if s.dataset in datasets and s.kind == "full"]
        self._sql.execute(
            f"""
            INSERT INTO finding
            SELECT
                {_UUID_OF_DIGEST},
                ?, ?, ?, household_id, person_id, area_code, ?, severity, evidence, parameters, profile_version,
                '{{' || array_to_string(list_sort(list_distinct(list_concat(CAST(? AS VARCHAR[]), rows))), ',') || '}}'
            FROM (SELECT *, sha256(concat_ws(chr(31), ?, household_id,
                coalesce(person_id, ''), ?, severity, evidence)) AS digest FROM (
                SELECT hit.household_id, hit.person_id, hit.area_code,
                    hit."{rule.id}" AS severity, {evidence} AS evidence, {parameters} AS parameters,
                    p.profile_version, coalesce(row_source.delivery_ids, []) AS rows
                FROM {rule.scope}_hit hit
                JOIN parameter p ON p.area_code = hit.area_code
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


def load_tables(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables of the run in `folder`: `household` (hn), `person` (pn, hn), `income` (hn), `token`, `record`.

    `hn` and `pn` number households and persons within a run. Households that are no longer active stay out, with all
    that they have.
    """
    household, person, income, token = (csv_rows(folder, f"{name}.csv", columns) for name, columns in EXPORTED.items())
    db.execute(
        "CREATE TEMP TABLE household AS SELECT CAST(row_number() OVER () AS INTEGER) AS hn, *,"
        f" open_risks <> '{{}}' AS has_open_risk FROM {household} WHERE status = 'active'"
    )
    db.execute(
        "CREATE TEMP TABLE person AS SELECT CAST(row_number() OVER () AS INTEGER) AS pn, h.hn,"
        f" p.* EXCLUDE (household_id) FROM {person} p JOIN household h USING (household_id)"
    )
    db.execute(
        f"CREATE TEMP TABLE income AS SELECT h.hn, i.* EXCLUDE (household_id) FROM {income} i"
        " JOIN household h USING (household_id)"
    )
    # Tokens under further keys while the token key is being changed, and those that stand for the same person here.
    db.execute(
        "CREATE TEMP TABLE token AS SELECT t.id_token, t.person_token, p.id_token AS canonical_id_token,"
        f" p.person_token AS canonical_person_token FROM {token} t JOIN household h USING (household_id)"
        " JOIN person p ON p.hn = h.hn AND p.person_id = t.person_id"
    )
    db.execute(f"CREATE TEMP TABLE record AS FROM {csv_rows(folder, RECORDS, RECORD_COLUMNS)}")


def csv_rows(folder: Path, name: str, columns: Mapping[str, str]) -> str:
    """Write DuckDB's expression for the rows of a CSV file without a header, as PostgreSQL's COPY writes it."""
    file = folder / name
    if not file.exists():  # of an earlier run
        file = folder / f"{name}.zst"
    typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    # auto_detect=false: what was written is known, guessing could only be wrong.
    return (
        f"read_csv('{file}', auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = '', columns = {{{typed}}})"
    )


def _json_sql(columns: Mapping[str, tuple[str, str, ValueType]]) -> str:
    """Write the expression for a JSON object: name -> (table, column, type). Money, ratios and dates are texts."""
    members = ", ".join(_member(name, *column) for name, column in columns.items())
    return f"CAST(json_object({members}) AS VARCHAR)"


def _member(name: str, table: str, column: str, kind: ValueType) -> str:
    value = f'{table}."{column}"'
    if kind in (ValueType.MONEY, ValueType.DATE):
        value = f"CAST({value} AS VARCHAR)"
    elif kind is ValueType.RATIO:
        value = f"rtrim(rtrim(CAST({value} AS VARCHAR), '0'), '.')"
    return f"'{name}', {value}"


def rule_versions(rules: Sequence[CompiledRule]) -> dict[str, int]:
    """Give the versions that a run is made with."""
    return {compiled.rule.id: compiled.rule.version for compiled in rules}
