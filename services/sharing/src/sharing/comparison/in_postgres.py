"""The comparison of a few households as one PostgreSQL statement.

The same facts and rules as the engine's, compiled by sqlglot to the other dialect. DuckDB is made for
many rows: its fixed cost for a single household is a hundred times the work. Everything that the outcome
depends on comes as parameters; no table is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import raw
from sharing.catalogue.service import Catalogue, CompiledRule, ValueType
from sharing.comparison.coverage import Coverage, hits_sql, parameter_columns
from sharing.comparison.inputs import Calendar, Inputs
from sharing.comparison.linking import Linked
from sharing.comparison.naming import finding_id, json_text

Row = dict[str, Any]

_DIRECTORY = {
    "household": "hn int, household_id text, area_code text, hh_type text, housing_tenure text, is_monitored boolean,"
    " has_open_risk boolean, last_negative_decision_on date",
    "person": "pn int, hn int, person_id text, id_token text, birth_date date, labour text, relief text,"
    " has_finished_compulsory boolean",
    "income": "hn int, year int, net numeric(14, 2), per_capita_net numeric(14, 2), ref_per_capita numeric(14, 2),"
    " self_paid numeric(14, 2)",
}
_TYPES = {"VARCHAR": "text", "INTEGER": "integer", "BOOLEAN": "boolean", "DATE": "date"}


@dataclass(frozen=True)
class Directory:
    """The directory's side of a comparison: rows of `household`, `person` and `income`, numbered by `hn` and `pn`."""

    household: Sequence[Row]
    person: Sequence[Row]
    income: Sequence[Row]


@dataclass(frozen=True)
class Finding:
    """A finding as the table keeps it; `evidence` and `parameters` are JSON text."""

    finding_id: str
    rule_id: str
    rule_version: int
    scope: str
    household_id: str
    person_id: str | None
    area_code: str
    risk_type: str
    severity: str
    evidence: str
    parameters: str
    profile_version: int
    deliveries: Sequence[str]


class FewHouseholds:
    """The rules of a catalogue for a few households at a time."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Compile the facts and rules of `catalogue`."""
        self._catalogue = catalogue
        self._statement = _statement(catalogue)

    async def find(
        self, session: AsyncSession, inputs: Inputs, directory: Directory, linked: Mapping[str, Linked]
    ) -> list[Finding]:
        """Evaluate all rules for the households of `directory`; nothing is read from tables, nothing is written.

        Args:
            linked: By dataset, the rows that belong to their persons.
        """
        names = [name for name, _ in parameter_columns(self._catalogue)]
        rows = Coverage(self._catalogue, inputs).parameter_rows({})
        parameters = [dict(zip(names, row, strict=True)) for row in rows]
        days = Calendar.of(inputs.period)
        values: dict[str, Any] = {name: _json(getattr(directory, name)) for name in _DIRECTORY}
        values |= {dataset.name: _json(linked[code].rows) for code, dataset in self._catalogue.rows.items()}
        values |= {"parameter": _json(parameters), "period_from": days.period_from, "as_of": days.as_of}
        values |= {"cutoff": days.cutoff, "year": days.as_of.year}
        connection = await raw(session)
        row = await (await connection.execute(self._statement, values, prepare=True)).fetchone()
        hits = {"person": _read(row[0]), "household": _read(row[1])} if row else {}
        people = {row["pn"]: row["person_id"] for row in directory.person}
        households = {row["hn"]: row["household_id"] for row in directory.household}
        by_area = {row["area_code"]: row for row in parameters}
        found: list[Finding] = []
        for compiled in self._catalogue.rules:
            whole, singly = _deliveries(compiled, inputs, linked)
            found += [
                self._finding(
                    compiled,
                    inputs.period,
                    hit,
                    by_area[hit["area_code"]],
                    households[hit["hn"]],
                    people[hit["pn"]] if compiled.rule.scope == "person" else None,
                    sorted(whole | singly.get(hit["hn"], set())),
                )
                for hit in hits[compiled.rule.scope]
                if hit[compiled.rule.id] is not None
            ]
        return found

    def _finding(
        self,
        compiled: CompiledRule,
        period: str,
        hit: Row,
        parameters: Row,
        household_id: str,
        person_id: str | None,
        deliveries: list[str],
    ) -> Finding:
        rule = compiled.rule
        fact_types = {name: self._catalogue.facts[name].type for name in compiled.facts}
        parameter_types = {name: ValueType(self._catalogue.parameters[name].type) for name in compiled.parameters}
        evidence = json_text(hit, fact_types, compiled.facts)
        severity = hit[rule.id]
        return Finding(
            finding_id(f"{rule.id}/{rule.version}", household_id, person_id, period, severity, evidence),
            rule.id,
            rule.version,
            rule.scope,
            household_id,
            person_id,
            hit["area_code"],
            rule.risk_type.value,
            severity,
            evidence,
            json_text(parameters, parameter_types, compiled.parameters),
            parameters["profile_version"],
            deliveries,
        )


def _deliveries(
    compiled: CompiledRule, inputs: Inputs, linked: Mapping[str, Linked]
) -> tuple[set[str], dict[int, set[str]]]:
    """Full lists always count; of the others, those that rows of the household (`hn`) came from."""
    whole = {s.delivery_id for s in inputs.sources if s.dataset in compiled.datasets and s.kind == "full"}
    singly: dict[int, set[str]] = {}
    for code in compiled.datasets:
        for row in linked[code].rows if code in linked else ():
            if row["kind"] != "full":
                singly.setdefault(row["hn"], set()).add(row["delivery_id"])
    return whole, singly


def _statement(catalogue: Catalogue) -> str:
    """Write the statement; parameters are named, rows come as JSON."""
    tables = dict(_DIRECTORY)
    for dataset in catalogue.rows.values():
        columns = "".join(f", {name} {_type(kind)}" for name, kind in dataset.columns.items())
        tables[dataset.name] = f"pn int, hn int, is_match boolean{columns}"
    tables["parameter"] = ", ".join(f'"{name}" {_type(kind)}' for name, kind in parameter_columns(catalogue))
    steps = {
        "run": "SELECT %(period_from)s::date AS period_from, %(as_of)s::date AS as_of, %(cutoff)s::date AS cutoff,"
        " %(year)s::int AS year"
    }
    for name, columns in tables.items():
        steps[name] = f"SELECT * FROM json_to_recordset(%({name})s::json) AS t({columns})"
    computed: dict[str, str] = {}
    for scope, relations in catalogue.relations.items():
        computed |= {relation.name: relation.sql("postgres") for relation in relations}
        computed[f"{scope}_hit"] = hits_sql(catalogue, scope, "postgres")
    steps |= {name: query.replace("%", "%%") for name, query in computed.items()}
    # Materialised: each step is planned by itself, and the plan of the whole stays small.
    written = ", ".join(f"{name} AS MATERIALIZED ({query})" for name, query in steps.items())
    hits = [f"(SELECT coalesce(json_agg(h), '[]')::text FROM {scope}_hit h)" for scope in ("person", "household")]
    return f"WITH {written} SELECT {', '.join(hits)}"


def _type(kind: str) -> str:
    return _TYPES.get(kind) or kind.replace("DECIMAL", "numeric")


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a comparison")


def _read(text: str) -> list[Row]:
    # Decimals as they are: a float would change the evidence.
    rows: list[Row] = json.loads(text, parse_float=Decimal)
    return rows
