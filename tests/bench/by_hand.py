"""The month as one SQL script, as a county's database administrator would write it: no product code runs in it.

The facts and rules are the catalogue's, so that both sides find the same; everything around them is plain: rows are
joined to persons, each step is a table, findings and events are inserted. The same script for PostgreSQL, where the
directory and the rows are tables, and for DuckDB, where they are Parquet files: what the machine gives at best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.sharing import FindingRaised
from sharing.catalogue.service import Catalogue, CompiledRule, Scope, ValueType
from sharing.comparison.evaluation.coverage import Coverage, hits_sql, parameter_columns
from sharing.comparison.evaluation.inputs import Calendar, Inputs

Dialect = Literal["postgres", "duckdb"]
_FINDING = (
    "finding_id", "run_id", "rule_id", "rule_version", "scope", "household_id", "person_id", "area_code", "period",
    "risk_type", "severity", "evidence", "parameters", "profile_version", "deliveries", "found_at",
)  # fmt: skip
_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}


@dataclass(frozen=True)
class Tables:
    """Where the script reads and writes; relations as they stand in a FROM.

    Attributes:
        directory: `household`, `person` and `income` as sharing keeps them.
        rows: By dataset, its rows with both tokens and their fields by name.
        finding: Has the columns of the system's table, empty.
        outbox: Likewise.
    """

    directory: Mapping[str, str]
    rows: Mapping[str, str]
    finding: str
    outbox: str


def script(catalogue: Catalogue, inputs: Inputs, dialect: Dialect, tables: Tables) -> Iterator[str]:
    """Write the statements, in order."""
    yield from _directory(tables)
    yield from _parameters(catalogue, inputs)
    days = Calendar.of(inputs.period)
    yield (
        f"CREATE TEMP TABLE run AS SELECT DATE '{days.period_from}' AS period_from, DATE '{days.as_of}' AS as_of,"
        f" DATE '{days.cutoff}' AS cutoff, {days.as_of.year} AS year"
    )
    for code, rows in catalogue.rows.items():
        columns = "".join(
            f", CAST(r.{name} AS {_type(kind, dialect)}) AS {name}" for name, kind in rows.columns.items()
        )
        yield (
            f"CREATE TEMP TABLE {rows.name} AS SELECT p.pn, p.hn, coalesce(r.person_token = p.person_token, FALSE)"
            f" AS is_match{columns} FROM {tables.rows[code]} r JOIN person p ON p.id_token = r.id_token"
        )
        yield f"ANALYZE {rows.name}"
        # No list of the month before was delivered here: the same columns, and nobody in them.
        yield f"CREATE TEMP TABLE {rows.name}_before AS SELECT * FROM {rows.name} WHERE FALSE"
    yield from _the_dead(catalogue)
    # Nobody came after the lists were made.
    yield "CREATE TEMP TABLE newcomer (dataset text, pn int)"
    scopes: tuple[Scope, ...] = ("person", "household")
    for scope in scopes:
        for relation in catalogue.relations()[scope]:
            yield f"CREATE TEMP TABLE {relation.name} AS {relation.sql(dialect)}"
            yield f"ANALYZE {relation.name}"
        yield f"CREATE TEMP TABLE {scope}_hit AS {hits_sql(catalogue, scope, dialect)}"
    for compiled in catalogue.rules:
        yield _findings(catalogue, compiled, inputs, dialect, tables)
    yield _events(dialect, tables)


def _the_dead(catalogue: Catalogue) -> Iterator[str]:
    """Mark who is dead, and forget the rows that claim that they live."""
    for rows in catalogue.rows.values():
        if rows.deaths is not None:
            when, on = rows.deaths
            yield (
                f"UPDATE person SET is_dead = TRUE FROM {rows.name} r, run"
                f" WHERE r.pn = person.pn AND r.is_match AND ({when}) AND {on} <= run.as_of"
            )
    for rows in catalogue.rows.values():
        if rows.claims_life is not None:
            yield f"DELETE FROM {rows.name} WHERE pn IN (SELECT pn FROM person WHERE is_dead)"


def _directory(tables: Tables) -> Iterator[str]:
    yield (
        f"CREATE TEMP TABLE household AS SELECT CAST(row_number() OVER () AS int) AS hn, h.*,"
        " h.open_risks <> '{}' AS has_open_risk, h.unsafe_statuses <> '{}' AS has_unsafe_status"
        f" FROM {tables.directory['household']} h WHERE status = 'active'"
    )
    yield (
        "CREATE TEMP TABLE person AS SELECT CAST(row_number() OVER () AS int) AS pn, h.hn, p.*, FALSE AS is_dead"
        f" FROM {tables.directory['person']} p JOIN household h ON h.household_id = p.household_id"
    )
    # The facts read a list as the text that it is exported as.
    yield "ALTER TABLE household ALTER COLUMN open_risks TYPE text USING CAST(open_risks AS text)"
    yield "ALTER TABLE person ALTER COLUMN health TYPE text USING CAST(health AS text)"
    yield (
        f"CREATE TEMP TABLE income AS SELECT h.hn, i.* FROM {tables.directory['income']} i"
        " JOIN household h ON h.household_id = i.household_id"
    )
    for name in ("household", "person", "income"):
        yield f"ANALYZE {name}"


def _parameters(catalogue: Catalogue, inputs: Inputs) -> Iterator[str]:
    columns = parameter_columns(catalogue)
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    yield f"CREATE TEMP TABLE parameter ({typed})"
    days = {source.delivery_id: Calendar.of(inputs.period).as_of for source in inputs.sources}  # what every row says
    rows = ", ".join(
        f"({', '.join(_literal(value) for value in row)})"
        for row in Coverage(catalogue, inputs).parameter_rows({}, days)
    )
    yield f"INSERT INTO parameter VALUES {rows}"


def _findings(catalogue: Catalogue, compiled: CompiledRule, inputs: Inputs, dialect: Dialect, tables: Tables) -> str:
    rule = compiled.rule
    facts = {name: ("hit", catalogue.facts[name].type) for name in compiled.facts}
    used = {name: ("p", ValueType(catalogue.parameters[name].type)) for name in compiled.parameters}
    deliveries = sorted({s.delivery_id for s in inputs.sources if s.dataset in compiled.datasets})
    array = "ARRAY[" if dialect == "postgres" else "["
    person = "JOIN person ON person.pn = hit.pn" if rule.scope == "person" else ""
    person_id = "person.person_id" if person else "CAST(NULL AS text)"
    identity = f"'{rule.id}/{rule.version}' || household_id || coalesce(person_id, '') || severity || evidence"
    return (
        f"INSERT INTO {tables.finding} ({', '.join(_FINDING)}) SELECT CAST(md5({identity}) AS uuid), 'by-hand',"
        f" '{rule.id}', {rule.version}, '{rule.scope}', household_id, person_id, area_code, '{inputs.period}',"
        f" '{rule.risk_type.value}', severity, CAST(evidence AS json), CAST(parameters AS json), profile_version,"
        f" CAST({array}{', '.join(_literal(each) for each in deliveries)}] AS text[]), now()"
        f' FROM (SELECT household.household_id, {person_id} AS person_id, hit.area_code, hit."{rule.id}" AS severity,'
        f" CAST({_json(facts, dialect)} AS text) AS evidence, CAST({_json(used, dialect)} AS text) AS parameters,"
        f" p.profile_version FROM {rule.scope}_hit hit JOIN parameter p ON p.area_code = hit.area_code"
        f' JOIN household ON household.hn = hit.hn {person} WHERE hit."{rule.id}" IS NOT NULL) found'
    )


def _events(dialect: Dialect, tables: Tables) -> str:
    members = ", ".join(f"'{name}', {name}" for name in _FINDING)
    make = "json_build_object" if dialect == "postgres" else "json_object"
    return (
        f"INSERT INTO {tables.outbox} (topic, key, type, time, data) SELECT '{FindingRaised.topic.name}', household_id,"
        f" '{FindingRaised.event_type}', now(), {make}({members}) FROM {tables.finding}"
    )


def _json(columns: Mapping[str, tuple[str, ValueType]], dialect: Dialect) -> str:
    make = "json_build_object" if dialect == "postgres" else "json_object"
    texts = (ValueType.MONEY, ValueType.DATE, ValueType.RATIO)
    members = (
        f"'{name}', " + (f'CAST({table}."{name}" AS text)' if kind in texts else f'{table}."{name}"')
        for name, (table, kind) in columns.items()
    )
    return f"{make}({', '.join(members)})"


def _type(kind: str, dialect: Dialect) -> str:
    return _TYPES.get(kind, kind) if dialect == "postgres" else kind


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value).upper() if isinstance(value, bool) else "'" + str(value).replace("'", "''") + "'"
