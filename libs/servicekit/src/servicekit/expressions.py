"""The language of rules' predicates: a checked subset of SQL expressions over facts and parameters. Pure.

Facts are bare names (`age_at_cutoff`), parameters dotted ones (`edu.compulsory_age_to`). Everything
else is refused, so that a rule file can neither read a table nor call a function that was not meant,
and the same text compiles to DuckDB, PostgreSQL and Spark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from contracts.parameters import Parameter

FACTS_ALIAS = "f"
PARAMETERS_ALIAS = "p"


class ValueType(StrEnum):
    """Types of facts and parameters; `codes`, with blanks between, are parameters that only facts are computed with."""

    BOOL = "bool"
    INT = "int"
    MONEY = "money"
    RATIO = "ratio"
    DATE = "date"
    CODE = "code"
    CODES = "codes"

    @property
    def sql(self) -> str:
        """The column type; money and ratios are exact decimals, never floating point."""
        return _SQL[self]

    @property
    def is_number(self) -> bool:
        """Tell whether values can be calculated with."""
        return self in (ValueType.INT, ValueType.MONEY, ValueType.RATIO)


_SQL = {
    ValueType.BOOL: "BOOLEAN",
    ValueType.INT: "INTEGER",
    ValueType.MONEY: "DECIMAL(14, 2)",
    ValueType.RATIO: "DECIMAL(9, 4)",
    ValueType.DATE: "DATE",
    ValueType.CODE: "VARCHAR",
    ValueType.CODES: "VARCHAR",
}


class Known(Protocol):
    """A fact that expressions may name."""

    @property
    def type(self) -> ValueType:
        """The type of its values."""

    @property
    def values(self) -> frozenset[str]:
        """The codes that a code fact may have; empty for the other types."""

    @property
    def scopes(self) -> frozenset[str]:
        """What it is known of: a person, a household ..."""


class ExpressionError(ValueError):
    """The expression is not in the language, or its types do not fit."""


@dataclass(frozen=True)
class Checked:
    """An expression that passed.

    Attributes:
        tree: Columns are qualified: facts by `f`, parameters by `p` with their dotted name quoted.
        type: Type of the result.
        facts: Names of the facts in it, in order of appearance.
        parameters: Names of the parameters in it, in order of appearance.
    """

    tree: exp.Expr
    type: ValueType
    facts: tuple[str, ...]
    parameters: tuple[str, ...]

    def sql(self, dialect: str = "duckdb") -> str:
        """Write the expression for an engine: `duckdb`, `postgres` or `spark`."""
        return self.tree.sql(dialect=dialect)


@dataclass(frozen=True)
class _Typed:
    """Type of a subexpression; `codes` are its possible values and `literal` its text if it is a constant."""

    type: ValueType | None  # None: NULL
    codes: frozenset[str] = frozenset()
    literal: str | None = None


_BOOLEAN = _Typed(ValueType.BOOL)
_NUMBERS = {ValueType.INT: 0, ValueType.RATIO: 1, ValueType.MONEY: 2}


class Checker:
    """Checks expressions of one scope against the declared facts and parameters."""

    def __init__(self, scope: str, facts: Mapping[str, Known], parameters: Mapping[str, Parameter]) -> None:
        """Know the facts of `scope` and the parameters that expressions may name."""
        self._scope = scope
        self._facts = facts
        self._parameters = parameters

    def condition(self, text: str) -> Checked:
        """Check an expression that must be true or false.

        Raises:
            ExpressionError: saying what is wrong and where.
        """
        checked = self.expression(text)
        if checked.type is not ValueType.BOOL:
            raise ExpressionError(f"the result must be true or false, not {checked.type}: {text}")
        return checked

    def expression(self, text: str) -> Checked:
        """Check any expression.

        Raises:
            ExpressionError: saying what is wrong and where.
        """
        try:
            statements = sqlglot.parse(text, read="duckdb")
        except SqlglotError as error:
            raise ExpressionError(f"not a SQL expression: {text}") from error
        if len(statements) != 1 or statements[0] is None:
            raise ExpressionError(f"exactly one expression is expected: {text}")
        tree = statements[0]
        pass_ = _Pass(self._scope, self._facts, self._parameters)
        typed = pass_.type_of(tree)
        if typed.type is None:
            raise ExpressionError(f"the result is always NULL: {text}")
        qualified = tree.transform(_qualify)
        if not isinstance(qualified, exp.Expr):
            raise ExpressionError(f"not a SQL expression: {text}")
        return Checked(qualified, typed.type, tuple(pass_.facts), tuple(pass_.parameters))


def _qualify(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Column):
        return node
    if node.table:
        name = f"{node.table}.{node.name}"
        return exp.column(exp.to_identifier(name, quoted=True), table=PARAMETERS_ALIAS)
    return exp.column(node.name, table=FACTS_ALIAS)


class _Pass:
    """One walk over an expression: types of the nodes, names that were used."""

    def __init__(self, scope: str, facts: Mapping[str, Known], parameters: Mapping[str, Parameter]) -> None:
        self._scope = scope
        self._declared_facts = facts
        self._declared_parameters = parameters
        self.facts: dict[str, None] = {}
        self.parameters: dict[str, None] = {}

    def type_of(self, node: exp.Expr) -> _Typed:
        match node:
            case exp.Paren():
                return self.type_of(node.this)
            case exp.Column():
                return self._column(node)
            case exp.Literal():
                return self._literal(node)
            case exp.Boolean():
                return _BOOLEAN
            case exp.Null():
                return _Typed(None)
            case exp.Not():
                return self._boolean(node.this)
            case exp.And() | exp.Or():
                self._boolean(node.this)
                return self._boolean(node.expression)
            case exp.Is():
                return self._is(node)
            case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                return self._comparison(node)
            case exp.Between():
                if node.args.get("symmetric"):
                    raise ExpressionError(f"BETWEEN SYMMETRIC is not in the language: {node.sql()}")
                for bound in (node.args["low"], node.args["high"]):
                    self._compatible(node, self.type_of(node.this), self.type_of(bound), ordered=True)
                return _BOOLEAN
            case exp.In():
                return self._in(node)
            case exp.Add() | exp.Sub() | exp.Mul():
                return self._arithmetic(node)
            case exp.Neg():
                return _Typed(self._number(node.this))
            case exp.Case():
                return self._case(node)
            case exp.Coalesce() | exp.Greatest() | exp.Least():
                return self._same_type_call(node)
            case exp.AddMonths():
                return self._add_months(node)
            case exp.Cast():
                return self._date_literal(node)
            case _:
                raise ExpressionError(f"{type(node).__name__.upper()} is not in the language: {node.sql()}")

    def _column(self, node: exp.Column) -> _Typed:
        if node.args.get("db") or node.args.get("catalog") or node.args.get("join_mark"):
            raise ExpressionError(f"unknown name: {node.sql()}")
        if not isinstance(node.this, exp.Identifier):
            raise ExpressionError(f"not a name: {node.sql()}")
        if node.table:
            name = f"{node.table}.{node.name}"
            parameter = self._declared_parameters.get(name)
            if parameter is None or parameter.type in ("code", "codes", "days", "text"):
                raise ExpressionError(f"unknown parameter: {name}")
            self.parameters[name] = None
            return _Typed(ValueType(parameter.type))
        fact = self._declared_facts.get(node.name)
        if fact is None:
            raise ExpressionError(f"unknown fact: {node.name}")
        if self._scope not in fact.scopes:
            raise ExpressionError(f"fact {node.name} is not known of a {self._scope}")
        self.facts[node.name] = None
        return _Typed(fact.type, fact.values)

    def _literal(self, node: exp.Literal) -> _Typed:
        if node.is_string:
            return _Typed(ValueType.CODE, literal=str(node.this))
        text = str(node.this)
        if not text.replace(".", "", 1).isdigit():
            raise ExpressionError(f"write numbers as digits: {text}")  # 1e3 would be a floating point number
        return _Typed(ValueType.RATIO if "." in text else ValueType.INT)

    def _boolean(self, node: exp.Expr) -> _Typed:
        typed = self.type_of(node)
        if typed.type is not ValueType.BOOL:
            raise ExpressionError(f"must be true or false: {node.sql()}")
        return _BOOLEAN

    def _number(self, node: exp.Expr) -> ValueType:
        typed = self.type_of(node)
        if typed.type is None or not typed.type.is_number:
            raise ExpressionError(f"must be a number: {node.sql()}")
        return typed.type

    def _is(self, node: exp.Is) -> _Typed:
        self.type_of(node.this)
        if not isinstance(node.expression, exp.Null | exp.Boolean):
            raise ExpressionError(f"only IS NULL, IS TRUE and IS FALSE: {node.sql()}")
        if isinstance(node.expression, exp.Boolean):
            return self._boolean(node.this)
        return _BOOLEAN

    def _comparison(self, node: exp.Expr) -> _Typed:
        ordered = not isinstance(node, exp.EQ | exp.NEQ)
        self._compatible(node, self.type_of(node.this), self.type_of(node.expression), ordered=ordered)
        return _BOOLEAN

    def _compatible(self, node: exp.Expr, left: _Typed, right: _Typed, *, ordered: bool) -> None:
        if left.type is None or right.type is None:
            raise ExpressionError(f"a comparison with NULL never holds, use IS NULL: {node.sql()}")
        if left.type.is_number and right.type.is_number:
            return
        if left.type is not right.type:
            raise ExpressionError(f"{left.type} cannot be compared with {right.type}: {node.sql()}")
        if ordered and left.type is not ValueType.DATE:
            raise ExpressionError(f"{left.type} has no order: {node.sql()}")
        for one, other in ((left, right), (right, left)):
            if one.codes and other.literal is not None and other.literal not in one.codes:
                raise ExpressionError(f"{other.literal!r} is not one of {sorted(one.codes)}: {node.sql()}")

    def _in(self, node: exp.In) -> _Typed:
        if not node.expressions or any(node.args.get(name) for name in ("query", "unnest", "field")):
            raise ExpressionError(f"IN takes a list of constants: {node.sql()}")
        subject = self.type_of(node.this)
        for item in node.expressions:
            if not isinstance(item, exp.Literal):
                raise ExpressionError(f"IN takes a list of constants: {node.sql()}")
            self._compatible(node, subject, self.type_of(item), ordered=False)
        return _BOOLEAN

    def _arithmetic(self, node: exp.Expr) -> _Typed:
        left, right = self._number(node.this), self._number(node.expression)
        if isinstance(node, exp.Mul) and ValueType.MONEY is left is right:
            raise ExpressionError(f"money times money has no meaning: {node.sql()}")
        return _Typed(max(left, right, key=_NUMBERS.__getitem__))

    def _case(self, node: exp.Case) -> _Typed:
        if node.this is not None:
            raise ExpressionError(f"write CASE WHEN condition THEN ...: {node.sql()}")
        branches = []
        for branch in node.args["ifs"]:
            self._boolean(branch.this)
            branches.append(self.type_of(branch.args["true"]))
        if node.args.get("default") is not None:
            branches.append(self.type_of(node.args["default"]))
        return self._unify(node, branches)

    def _same_type_call(self, node: exp.Expr) -> _Typed:
        return self._unify(node, [self.type_of(argument) for argument in (node.this, *node.expressions)])

    def _unify(self, node: exp.Expr, branches: list[_Typed]) -> _Typed:
        types = {branch.type for branch in branches if branch.type is not None}
        if len(types) == 1:
            return _Typed(types.pop())
        if types and all(each.is_number for each in types):
            return _Typed(max(types, key=_NUMBERS.__getitem__))
        raise ExpressionError(f"the branches have different types: {node.sql()}")

    def _add_months(self, node: exp.AddMonths) -> _Typed:
        if self.type_of(node.this).type is not ValueType.DATE:
            raise ExpressionError(f"the first argument must be a date: {node.sql()}")
        if self._number(node.expression) is not ValueType.INT:
            raise ExpressionError(f"months are whole numbers: {node.sql()}")
        return _Typed(ValueType.DATE)

    def _date_literal(self, node: exp.Cast) -> _Typed:
        if not (node.to.this is exp.DataType.Type.DATE and isinstance(node.this, exp.Literal) and node.this.is_string):
            raise ExpressionError(f"only DATE 'yyyy-mm-dd' may be cast: {node.sql()}")
        try:
            date.fromisoformat(str(node.this.this))
        except ValueError as error:
            raise ExpressionError(f"not a date: {node.sql()}") from error
        return _Typed(ValueType.DATE)
