"""How rows become facts: the SELECTs of a folder's `facts.sql`, checked when they are loaded.

A SELECT that gives `pn` tells of persons, one that gives `hn` of households; its other columns are facts, declared
beside it. It reads the relations that it is shown and calls the functions below, no others: the same text runs in
DuckDB and compiles to Spark, and what a fact comes from is derived from the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify_columns import qualify_columns, validate_qualify_columns
from sqlglot.optimizer.qualify_tables import qualify_tables
from sqlglot.optimizer.scope import Scope as Query
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from sharing.catalogue.model import Fact, Scope

KEYS = {"pn", "hn", "area_code"}
DIRECTORY = ("household", "person", "income")
_FUNCTIONS = (
    exp.AddMonths, exp.And, exp.Case, exp.Cast, exp.Coalesce, exp.Count, exp.Day, exp.Greatest, exp.If, exp.Least,
    exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Min, exp.Month, exp.Or, exp.Sum, exp.Year,
)  # fmt: skip
_END = re.compile(r";\s*$", re.MULTILINE)

Schema = Mapping[str, Iterable[str]]
Origin = tuple[str, str]


class FactError(ValueError):
    """A statement of a `facts.sql` is not in the language."""


@dataclass(frozen=True)
class Relation:
    """A query by name; the comparison creates them in order.

    Attributes:
        is_reused: More than one later query reads it, so that keeping its rows pays.
        reads: The relations that it reads.
        needs: Those of them without whose rows it gives none.
    """

    name: str
    text: str
    is_reused: bool = False
    reads: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()

    def sql(self, dialect: str = "duckdb") -> str:
        """Write the query for an engine: `duckdb`, `postgres` or `spark`."""
        if dialect == "duckdb":
            return self.text
        return sqlglot.transpile(self.text, read="duckdb", write=dialect, comments=False)[0]


@dataclass(frozen=True)
class Statement:
    """A SELECT that passed.

    Attributes:
        columns: Everything that it gives.
        facts: What it gives itself (not by `*`), each with the relations and columns that its value depends on.
        reads: All relations and columns that it reads.
        needs: Relations without whose rows it gives none.
    """

    scope: Scope
    text: str
    columns: Sequence[str]
    facts: Mapping[str, Sequence[Origin]]
    reads: Sequence[Origin]
    needs: frozenset[str]


def statements_of(text: str) -> list[str]:
    """Cut a `facts.sql` at its semicolons."""
    return [part for part in (part.strip() for part in _END.split(text)) if part]


def read_statement(text: str, schema: Schema) -> Statement:
    """Check a SELECT that may read the relations of `schema` (relation -> columns) and the directory.

    Raises:
        FactError: saying what is wrong.
    """
    try:
        (tree,) = sqlglot.parse(text, read="duckdb")
        if not isinstance(tree, exp.Select):
            raise FactError("a statement is one SELECT")
        _check(tree, schema)
        needs = frozenset(_needs(tree, {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}))
        given = {column.alias_or_name for column in tree.selects if not column.is_star}
        # The types do not matter: this resolves names only.
        types: dict[str, object] = {relation: dict.fromkeys(columns, "text") for relation, columns in schema.items()}
        qualified = qualify_columns(qualify_tables(tree, dialect="duckdb"), MappingSchema(types, normalize=False))
        validate_qualify_columns(qualified)
    except (SqlglotError, ValueError) as error:
        raise FactError(str(error)) from error
    query = build_scope(qualified)
    if query is None or not isinstance(qualified, exp.Select):
        raise FactError("a statement is one SELECT")
    names = [column.alias_or_name for column in qualified.selects]
    scope: Scope = "person" if "pn" in names else "household"
    if not {"pn", "hn"} & set(names):
        raise FactError("a statement gives pn, of persons, or hn, of households")
    # A row that a condition anywhere leaves out is counted in none of them.
    conditions = [origin for part in query.traverse() for origin in _conditions(part)]
    facts = {
        column.alias_or_name: tuple(dict.fromkeys([*_origins(query, column), *conditions]))
        for column in qualified.selects
        if column.alias_or_name in given - KEYS
    }
    return Statement(scope, text, names, facts, tuple(dict.fromkeys(_reads(query))), needs)


def _check(tree: exp.Expr, schema: Schema) -> None:
    """Refuse relations and functions that are not allowed."""
    local = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.args.get("db"):
            raise FactError(f"{table.sql()} is not a relation")
        if table.name not in schema and table.name not in DIRECTORY and table.name not in local:
            raise FactError(f"{table.name} may not be read here")
    for call in tree.find_all(exp.Func):
        if not isinstance(call, _FUNCTIONS):
            raise FactError(f"{call.sql()} is not in the language")


def _reads(query: Query) -> Iterator[Origin]:
    for part in query.traverse():
        for column in part.columns:
            source = part.sources.get(column.table)
            if isinstance(source, exp.Table):
                yield source.name, column.name


def _origins(query: Query, expression: exp.Expr) -> Iterator[Origin]:
    """Follow the columns of an expression down to the relations, through subqueries with their conditions."""
    for column in expression.find_all(exp.Column):
        source = query.sources.get(column.table)
        if isinstance(source, exp.Table):
            yield source.name, column.name
        elif isinstance(source, Query) and isinstance(source.expression, exp.Select):
            for inner in source.expression.selects:
                if inner.alias_or_name == column.name:
                    yield from _origins(source, inner)
            yield from _conditions(source)


def _conditions(query: Query) -> Iterator[Origin]:
    for name in ("where", "having"):
        if condition := query.expression.args.get(name):
            yield from _origins(query, condition)


def _needs(query: exp.Expr, named: Mapping[str, exp.Expr]) -> Iterator[str]:
    """Give the relations that a SELECT takes its rows from; others are only looked up beside them."""
    if not isinstance(query, exp.Select):
        return
    joins = query.args.get("joins") or []
    is_one_row = not query.args.get("group") and any(column.find(exp.AggFunc) for column in query.selects)
    if is_one_row or any(join.side in ("RIGHT", "FULL") for join in joins):
        return
    taken = query.args.get("from_")
    inner = [join.this for join in joins if not join.side and join.kind in ("", "INNER", "CROSS")]
    for source in [taken.this, *inner] if taken else []:
        if isinstance(source, exp.Subquery):
            yield from _needs(source.this, named)
        elif source.name in named:
            yield from _needs(named[source.name], named)
        else:
            yield source.name


@dataclass(frozen=True)
class Relations:
    """The queries of a scope: what the register tells, what each dataset tells, and all of it completed."""

    scope: Scope
    first: Sequence[Relation]
    parts: Mapping[str, Sequence[Fact]]
    of_parts: Sequence[Relation]
    last: Relation

    def all(self, silent: Collection[str] = ()) -> list[Relation]:
        """Give them in the order of their creation; without the parts that are `silent`, which have no rows."""
        told = {name: facts for name, facts in self.parts.items() if name not in silent}
        base = _base_relation(self.scope, self.parts, told)
        return [*self.first, *(each for each in self.of_parts if each.name not in silent), base, self.last]


def told_of(scopes: Iterable[Relations], empty: Collection[str]) -> dict[Scope, list[Relation]]:
    """Give the relations of each scope that are worth asking where some have no rows: to plan a query takes longer
    than a household's rows, and most datasets tell nothing of it.

    Args:
        empty: Relations of rows (`DatasetRows.name`) that have none.
    """
    scopes = list(scopes)
    parts = [each for relations in scopes for each in relations.of_parts]  # each reads only those before it
    silent = set(empty)
    for relation in parts:
        if relation.needs & silent:
            silent.add(relation.name)
    asked: set[str] = set()
    for relation in reversed(parts):
        if relation.name not in silent or relation.name in asked:
            asked |= relation.reads
    # What somebody looks up has to be there, though it be empty.
    return {relations.scope: relations.all(silent - asked) for relations in scopes}


def _base_relation(scope: Scope, parts: Mapping[str, Sequence[Fact]], told: Mapping[str, Sequence[Fact]]) -> Relation:
    """Put the register's relation of a scope and those of the datasets (`parts`: relation -> facts) side by side.

    What a dataset does not tell of somebody is false, the declared default, or unknown.
    """
    key = "pn" if scope == "person" else "hn"
    columns = "".join(
        f",\n    {_given(relation if relation in told else None, fact)}"
        for relation, facts in parts.items()
        for fact in facts
    )
    joins = "".join(f"\nLEFT JOIN {relation} ON {relation}.{key} = registry_{scope}.{key}" for relation in told)
    return Relation(f"{scope}_base", f"SELECT\n    registry_{scope}.*{columns}\nFROM registry_{scope}{joins}")


def _given(relation: str | None, fact: Fact) -> str:
    value = f"{relation}.{fact.name}" if relation else "NULL"
    if fact.default is not None:
        value = f"coalesce({value}, {str(fact.default).upper()})" if relation else str(fact.default).upper()
    return f"CAST({value} AS {fact.type.sql}) AS {fact.name}"
