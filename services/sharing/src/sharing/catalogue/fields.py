"""The facts that are fields of the register as they stand (contracts.fields); the others `facts.sql` computes."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from contracts.fields import facts_of_fields
from servicekit.expressions import ValueType
from sharing.catalogue.declaration import FactDeclaration
from sharing.catalogue.facts import statements_of

# What the register's statements call the rows of each table; of a household's incomes those of the year that counts.
_ROWS = {"household": "household", "income": "newest_income", "person": "person"}


def field_facts() -> Mapping[str, FactDeclaration]:
    """Declare each field that rules may use under the name of its fact."""
    return {
        fact.name: FactDeclaration(type=ValueType(fact.kind), values=frozenset(fact.values), zh=fact.zh, en=fact.en)
        for fact in facts_of_fields()
    }


def with_fields(facts_sql: str) -> str:
    """Let the register's statements give the fields too: persons those of a person, households the others."""
    return ";\n".join(_with_fields(text) for text in statements_of(facts_sql))


def _with_fields(text: str) -> str:
    statement = sqlglot.parse_one(text, read="duckdb")
    if not isinstance(statement, exp.Select):
        return text
    owners = ("person",) if "pn" in statement.named_selects else ("household", "income")
    columns = [
        f"{_ROWS[fact.owner]}.{fact.column} AS {fact.name}" for fact in facts_of_fields() if fact.owner in owners
    ]
    return statement.select(*columns, dialect="duckdb").sql(dialect="duckdb", pretty=True)
