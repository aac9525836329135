"""Every rule's own examples, executed by the real engine; every rule compiles for Spark as well."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from sharing.catalogue.model import Example
from sharing.catalogue.service import CompiledRule, ValueType, load_catalogue, load_datasets

CATALOGUE = load_catalogue()
CASES = [(compiled, example) for compiled in CATALOGUE.rules for example in compiled.rule.examples]


def severity_of(compiled: CompiledRule, facts: dict[str, Any], parameters: dict[str, Any]) -> str | None:
    """Evaluate a rule on given facts: what is not given is false or unknown, parameters have their defaults."""
    connection = duckdb.connect()
    connection.execute("CREATE MACRO add_months(day, months) AS CAST(day + INTERVAL (months) MONTH AS DATE)")
    columns, values = [], []
    for name in compiled.facts:
        kind = CATALOGUE.facts[name].type
        columns.append(f'CAST(? AS {kind.sql}) AS "{name}"')
        values.append(facts.get(name, False if kind is ValueType.BOOL else None))
    for name in compiled.parameters:
        parameter = CATALOGUE.parameters[name]
        columns.append(f'CAST(? AS {ValueType(parameter.type).sql}) AS "{name}"')
        given = parameters.get(name, parameter.default)
        values.append(given if parameter.type == "codes" else Decimal(given))
    sql = f"WITH v AS (SELECT {', '.join(columns)}) SELECT {compiled.severity_sql()} FROM v AS f CROSS JOIN v AS p"
    row = connection.execute(sql, values).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("compiled", "example"), CASES, ids=[f"{compiled.rule.id}: {example.name}" for compiled, example in CASES]
)
def test_example_has_the_outcome_that_its_rule_states(compiled: CompiledRule, example: Example) -> None:
    found = severity_of(compiled, dict(example.facts), dict(example.parameters))
    assert found == (example.expect.value if example.expect else None)


def test_each_rule_has_examples_of_every_outcome() -> None:
    for compiled in CATALOGUE.rules:
        expected = {example.expect for example in compiled.rule.examples}
        assert None in expected
        assert {severity for severity, _ in compiled.severities} <= expected, compiled.rule.id


@pytest.mark.parametrize("compiled", CATALOGUE.rules, ids=lambda compiled: compiled.rule.id)
def test_rule_compiles_to_spark(compiled: CompiledRule) -> None:
    text = f"SELECT {compiled.severity_sql('spark')} FROM f CROSS JOIN p"
    tree = sqlglot.parse_one(text, read="spark", error_level=sqlglot.ErrorLevel.RAISE)
    columns = {column.name for column in tree.find_all(exp.Column)}
    assert columns <= {*compiled.facts, *compiled.parameters}
    assert not list(tree.find_all(exp.Anonymous))


@pytest.mark.parametrize("compiled", CATALOGUE.rules, ids=lambda compiled: compiled.rule.id)
def test_rule_needs_datasets_that_are_declared(compiled: CompiledRule) -> None:
    assert set(compiled.datasets) <= set(load_datasets())
    for code in compiled.rule.claims_absence:
        assert load_datasets()[code].mode == "full", "only a full list can show that somebody is missing"
