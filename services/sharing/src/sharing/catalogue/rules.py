"""Rules as their files declare them, checked against the facts and parameters that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError
from sqlglot import exp

from contracts.parameters import Parameter, Words
from contracts.sentences import PLACE, fill
from contracts.vocabulary import RiskType, Severity
from servicekit.expressions import Checked, Checker
from sharing.catalogue.model import Example, Fact, Rule


class RuleError(ValueError):
    """A rule contradicts itself, or the declarations of facts and parameters."""


@dataclass(frozen=True)
class CompiledRule:
    """A rule whose expressions passed the checker.

    Attributes:
        facts: Facts named by the predicate, the severities and the risk, and the context: the evidence of a finding.
        parameters: Parameters named by them or used to compute those facts.
        datasets: Deliveries that the facts come from.
    """

    rule: Rule
    predicate: Checked
    severities: tuple[tuple[Severity, Checked], ...]
    facts: tuple[str, ...]
    parameters: tuple[str, ...]
    datasets: tuple[str, ...]

    @cached_property
    def conditions(self) -> tuple[exp.Expr, ...]:
        """The conditions that must all hold, in the order of the predicate."""
        return tuple(_flattened(self.predicate.tree))

    def severity_sql(self, dialect: str = "duckdb") -> str:
        """Write the expression that gives the severity, or NULL where the rule does not hold."""
        cases = " ".join(f"WHEN {when.sql(dialect)} THEN '{severity.value}'" for severity, when in self.severities)
        return f"CASE WHEN COALESCE({self.predicate.sql(dialect)}, FALSE) THEN CASE {cases} END END"

    def risk_sql(self, rows: str) -> str:
        """Write the expression that gives the risk of a finding, over `rows` with the rule's facts."""
        known = f"'{self.rule.risk_type.value}'"
        return f"coalesce({rows}.{self.rule.risk_fact}, {known})" if self.rule.risk_fact else known

    def names_risk_sql(self, rows: str) -> str | None:
        """Write the condition that the rule holds and names a risk (`RiskType.is_named`); `None` if it never does."""
        if self.rule.risk_type.is_named:
            return f'{rows}."{self.rule.id}" IS NOT NULL'
        if self.rule.risk_fact:
            return f'{rows}."{self.rule.id}" IS NOT NULL AND {rows}.{self.rule.risk_fact} IS NOT NULL'
        return None


def _flattened(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, exp.And):
        yield from _flattened(tree.this)
        yield from _flattened(tree.expression)
    else:
        yield tree


def read_rule(document: Mapping[str, Any]) -> Rule:
    """Read a rule's file.

    Raises:
        RuleError: naming what is wrong.
    """
    try:
        return Rule.model_validate(document)
    except ValidationError as error:
        raise RuleError(f"{document.get('id', 'a rule without id')}: {error}") from error


def compile_rule(rule: Rule, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]) -> CompiledRule:
    """Check a rule's expressions, texts and examples against the declared facts and parameters.

    Raises:
        RuleError: naming what is wrong.
    """
    checker = Checker(rule.scope, facts, parameters)
    try:
        predicate = checker.condition(rule.predicate)
        severities = tuple((case.severity, checker.condition(case.when)) for case in rule.severities)
    except ValueError as error:
        raise RuleError(f"{rule.id}: {error}") from error
    expressions = (predicate, *(when for _, when in severities))
    shown = [*([rule.risk_fact] if rule.risk_fact else []), *rule.context]
    fact_names = _unique([*(name for expression in expressions for name in expression.facts), *shown])
    for name in shown:
        if name not in facts or rule.scope not in facts[name].scopes:
            raise RuleError(f"{rule.id}: {name} is not a fact of a {rule.scope}")
    if rule.risk_fact and not facts[rule.risk_fact].values <= {risk.value for risk in RiskType if risk.is_named}:
        raise RuleError(f"{rule.id}: {rule.risk_fact} has values that name no risk")
    parameter_names = _unique(
        [
            *(name for expression in expressions for name in expression.parameters),
            *(name for fact in fact_names for name in facts[fact].parameters),
        ]
    )
    datasets = _unique([*rule.needs, *rule.needs_one, *(code for fact in fact_names for code in facts[fact].datasets)])
    for text in (rule.evidence.zh, rule.evidence.en):
        for place in PLACE.findall(text):
            if place not in fact_names and place not in parameter_names:
                raise RuleError(f"{rule.id}: the evidence text names {place}, which the rule does not use")
    for example in rule.examples:
        _check_example(rule, example, fact_names, parameter_names)
    return CompiledRule(rule, predicate, severities, fact_names, parameter_names, datasets)


def _check_example(rule: Rule, example: Example, facts: Sequence[str], parameters: Sequence[str]) -> None:
    if unknown := set(example.facts) - set(facts):
        raise RuleError(f"{rule.id}, example {example.name!r}: unknown facts {sorted(unknown)}")
    if unknown := set(example.parameters) - set(parameters):
        raise RuleError(f"{rule.id}, example {example.name!r}: unknown parameters {sorted(unknown)}")
    for value in example.facts.values():
        if isinstance(value, float):
            raise RuleError(f"{rule.id}, example {example.name!r}: write money as text, not as a floating number")


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def explain(
    compiled: CompiledRule, evidence: Mapping[str, Any], parameters: Mapping[str, Any], facts: Mapping[str, Fact]
) -> Words:
    """Fill the rule's evidence text with a finding's own values."""
    values = {**parameters, **{name: value for name, value in evidence.items() if name in facts}}
    return fill(compiled.rule.evidence, values)
