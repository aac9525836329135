"""What single values could be otherwise: other codes, and the values at which a comparison of the rule turns. Pure.

A rule compares sums of facts and parameters, so that where a comparison turns can be read off two measurements of how
far its sides are apart. Where a rule is not that simple a value is tried out in vain: what changes nothing is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlglot import exp

from contracts.parameters import Parameter
from contracts.vocabulary import Severity
from servicekit.expressions import PARAMETERS_ALIAS, ValueType
from sharing.catalogue.service import CompiledRule, Fact

Value = bool | int | Decimal | date | str | None
_STEPS = {ValueType.INT: Decimal(1), ValueType.MONEY: Decimal("0.01"), ValueType.RATIO: Decimal("0.0001")}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


@dataclass(frozen=True)
class Variable:
    """A fact or parameter that an expression of the rule names.

    Attributes:
        low, high: The smallest and largest value that it may be given; None: any.
    """

    name: str
    type: ValueType
    is_parameter: bool
    values: frozenset[str] = frozenset()
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def is_ordered(self) -> bool:
        """Tell whether it can be a little more or less."""
        return self.type.is_number or self.type is ValueType.DATE


@dataclass(frozen=True)
class Margin:
    """The two sides of a comparison: how far they are apart decides it.

    Attributes:
        is_of_days: They are dates, and the distance is one of days.
        names: Facts and parameters on which it depends.
    """

    left: exp.Expr
    right: exp.Expr
    is_of_days: bool
    names: frozenset[str]

    def sql(self) -> str:
        """Write the distance, right from left."""
        left, right = self.left.sql("duckdb"), self.right.sql("duckdb")
        return f"date_diff('day', {right}, {left})" if self.is_of_days else f"({left}) - ({right})"


@dataclass(frozen=True)
class Change:
    """One value that would make the finding another one.

    Attributes:
        value: What it would have to be: of amounts and dates, the one nearest to what it is; None: unknown.
        severity: What would be found; None: nothing.
        is_any: Any known value would do where it is unknown now; `value` is one of them.
    """

    variable: Variable
    value: Value
    severity: Severity | None
    is_any: bool = False


def variables_of(
    compiled: CompiledRule, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]
) -> list[Variable]:
    """Give what the expressions of a rule name; what its facts are computed with is not tried out."""
    expressions = (compiled.predicate, *(when for _, when in compiled.severities))
    found = dict.fromkeys(name for each in expressions for name in each.facts)
    named = dict.fromkeys(name for each in expressions for name in each.parameters)
    return [
        *(Variable(name, facts[name].type, is_parameter=False, values=facts[name].values,
                   low=Decimal(0) if facts[name].type is ValueType.INT else None) for name in found),
        *(Variable(name, ValueType(parameters[name].type), is_parameter=True, low=parameters[name].low,
                   high=parameters[name].high) for name in named),
    ]  # fmt: skip


def margins_of(compiled: CompiledRule, variables: Iterable[Variable]) -> list[Margin]:
    """Give the comparisons of amounts and dates in the expressions of a rule."""
    ordered = {variable.name: variable.type for variable in variables if variable.is_ordered}
    found = []
    for tree in (compiled.predicate.tree, *(when.tree for _, when in compiled.severities)):
        for left, right in _sides(tree):
            names = frozenset(name for side in (left, right) for name in _columns(side)) & ordered.keys()
            if names:
                is_of_days = any(_is_date(side, ordered) for side in (left, right))
                found.append(Margin(left, right, is_of_days, names))
    return found


def _sides(tree: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    for compared in tree.find_all(*_COMPARISONS):
        yield compared.this, compared.expression
    for between in tree.find_all(exp.Between):
        yield between.this, between.args["low"]
        yield between.this, between.args["high"]


def _columns(side: exp.Expr) -> Iterator[str]:
    for column in side.find_all(exp.Column):
        yield column.name


def _is_date(side: exp.Expr, ordered: Mapping[str, ValueType]) -> bool:
    if isinstance(side, exp.AddMonths | exp.Cast):
        return True
    return isinstance(side, exp.Column) and side.table != PARAMETERS_ALIAS and ordered.get(side.name) is ValueType.DATE


def one_more(variable: Variable, value: Value) -> tuple[Value, Value]:
    """Give the two values of an amount or date at which distances are measured."""
    if isinstance(value, date):
        return value, value + timedelta(days=1)
    amount = value if isinstance(value, Decimal | int) else Decimal(0)
    return amount, amount + (1 if variable.type is ValueType.INT else Decimal(1))


def turning(variable: Variable, value: Value, before: Decimal | None, after: Decimal | None) -> list[Value]:
    """Give the values around the one at which a comparison turns.

    Args:
        before, after: How far its sides are apart at the two values of `one_more`; None: unknown there.
    """
    if before is None or after is None or before == after:
        return []
    moved = -before / (after - before)
    if isinstance(value, date):
        days = int(moved.to_integral_value(ROUND_FLOOR))
        return [value + timedelta(days=days + each) for each in (-1, 0, 1, 2) if abs(days) < 40_000]
    start, _ = one_more(variable, value)
    if not isinstance(start, Decimal | int):
        return []
    step = _STEPS[variable.type]
    at = (Decimal(start) + moved) / step
    whole = {at.to_integral_value(ROUND_FLOOR), at.to_integral_value(ROUND_CEILING)}
    amounts = sorted({(each + side) * step for each in whole for side in (-1, 0, 1)})
    return [
        int(each) if variable.type is ValueType.INT else each
        for each in amounts
        if (variable.low is None or each >= variable.low) and (variable.high is None or each <= variable.high)
    ]


def others(variable: Variable, value: Value) -> list[Value]:
    """Give every other value of a yes or no, or of a code; of a code also that it is unknown."""
    if variable.type is ValueType.BOOL:
        return [each for each in (True, False) if each is not value]
    unknown: list[Value] = [] if value is None else [None]
    return [*(each for each in sorted(variable.values) if each != value), *unknown]


def some_known(variable: Variable) -> Value:
    """Give a value of an amount or date, to try out what follows if it were known."""
    return date(2000, 1, 1) if variable.type is ValueType.DATE else Decimal(0)


def nearest(changes: Iterable[Change], values: Mapping[str, Value]) -> list[Change]:
    """Keep the smallest change of each amount and date for each outcome; those that end the finding first."""
    best: dict[tuple[object, ...], Change] = {}
    for change in changes:
        key: tuple[object, ...] = (change.variable.name, change.severity)
        if not change.variable.is_ordered:
            key = (*key, change.value)
        now = values[change.variable.name]
        if key not in best or _apart(change.value, now) < _apart(best[key].value, now):
            best[key] = change
    order: Sequence[Severity | None] = (None, *Severity)
    return sorted(best.values(), key=lambda change: (change.variable.is_parameter, order.index(change.severity)))


def _apart(one: Value, other: Value) -> Decimal:
    if isinstance(one, date) and isinstance(other, date):
        return Decimal(abs((one - other).days))
    if isinstance(one, Decimal | int):
        return abs(Decimal(one) - Decimal(other if isinstance(other, Decimal | int) else 0))
    return Decimal(0)
