"""A rule tried out on single values, by the engine and the expressions that a comparison uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Self

import pyarrow as pa

from contracts.vocabulary import Severity
from servicekit.expressions import FACTS_ALIAS, PARAMETERS_ALIAS, ValueType
from sharing.catalogue.service import Catalogue, CompiledRule
from sharing.comparison.service import Limits, open_database
from sharing.explanations.variations import (
    Change,
    Value,
    Variable,
    margins_of,
    nearest,
    one_more,
    others,
    some_known,
    turning,
    variables_of,
)

_LIMITS = Limits(memory_bytes=64 << 20, threads=1)
_AMOUNT = "DECIMAL(20, 4)"


class Trial:
    """A rule with the values that a finding was made of. Blocks: use it in a thread, and close it."""

    def __init__(self, catalogue: Catalogue, compiled: CompiledRule, ground: Mapping[str, Any]) -> None:
        """Take a finding's evidence and parameters together, by name, as JSON has them."""
        self._compiled = compiled
        self.variables = variables_of(compiled, catalogue.facts, catalogue.parameters)
        self.values = {each.name: _read(each, ground.get(each.name)) for each in self.variables}
        self._database = open_database(_LIMITS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def holds(self) -> list[bool | None]:
        """Tell which of the rule's conditions (`CompiledRule.conditions`) hold; None: unknown."""
        return list(self._ask([self.values], [each.sql("duckdb") for each in self._compiled.conditions])[0])

    def severities(self, rows: Sequence[Mapping[str, Value]]) -> list[Severity | None]:
        """Give what would be found with each of these values."""
        return [found and Severity(found) for (found,) in self._ask(rows, [self._compiled.severity_sql()])]

    def changes(self) -> list[Change]:
        """Give the single values that would make the finding another one; see `variations.nearest`."""
        tried = [(variable, value) for variable in self.variables for value in self._otherwise(variable)]
        if not tried:
            return []
        [as_is] = self.severities([self.values])
        outcomes = self.severities([{**self.values, variable.name: value} for variable, value in tried])
        changed = [
            Change(variable, value, severity, is_any=variable.is_ordered and self.values[variable.name] is None)
            for (variable, value), severity in zip(tried, outcomes, strict=True)
            if severity is not as_is
        ]
        return nearest(changed, self.values)

    def _otherwise(self, variable: Variable) -> list[Value]:
        value = self.values[variable.name]
        if not variable.is_ordered:
            return others(variable, value)
        if value is None:
            return [some_known(variable)]
        margins = [each for each in margins_of(self._compiled, self.variables) if variable.name in each.names]
        if not margins:
            return []
        rows = [{**self.values, variable.name: each} for each in one_more(variable, value)]
        before, after = self._ask(rows, [f"CAST({each.sql()} AS {_AMOUNT})" for each in margins])
        return [
            each
            for start, end in zip(before, after, strict=True)
            for each in turning(variable, value, start, end)
            if each != value
        ]

    def _ask(self, rows: Sequence[Mapping[str, Value]], expressions: Sequence[str]) -> list[tuple[Any, ...]]:
        """Evaluate expressions over facts and parameters, a row of answers a row of values."""
        given = {name: pa.array([_text(row[name]) for row in rows], pa.string()) for name in self.values}
        self._database.register("given", pa.table(given | {"place": pa.array(range(len(rows)), pa.int32())}))
        facts, parameters = (
            ", ".join(["place", *(f'CAST("{each.name}" AS {each.type.sql}) AS "{each.name}"'
                                  for each in self.variables if each.is_parameter is is_parameter)])
            for is_parameter in (False, True)
        )  # fmt: skip
        found = self._database.execute(
            f"SELECT {', '.join(expressions)} FROM (SELECT {facts} FROM given) {FACTS_ALIAS}"
            f" JOIN (SELECT {parameters} FROM given) {PARAMETERS_ALIAS} USING (place) ORDER BY place"
        ).fetchall()
        self._database.unregister("given")
        return found


def _read(variable: Variable, raw: Any) -> Value:
    if raw is None:
        return None
    match variable.type:
        case ValueType.BOOL:
            return bool(raw)
        case ValueType.INT:
            return int(raw)
        case ValueType.MONEY | ValueType.RATIO:
            return Decimal(str(raw))
        case ValueType.DATE:
            return date.fromisoformat(raw)
        case _:
            return str(raw)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
