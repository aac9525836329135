"""Rules as their files declare them, checked against the facts and parameters that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from contracts.parameters import Parameter, Words
from contracts.vocabulary import Severity
from sharing.catalogue import texts
from sharing.catalogue.expressions import Checked, Checker
from sharing.catalogue.model import Example, Fact, Rule

_PLACE = re.compile(r"\{([a-z0-9_.]+)\}")


class RuleError(ValueError):
    """A rule contradicts itself, or the declarations of facts and parameters."""


@dataclass(frozen=True)
class CompiledRule:
    """A rule whose expressions passed the checker.

    Attributes:
        facts: Facts named by the predicate and the severities, and the context: the evidence of a finding.
        parameters: Parameters named by them or used to compute those facts.
        datasets: Deliveries that the facts come from.
    """

    rule: Rule
    predicate: Checked
    severities: tuple[tuple[Severity, Checked], ...]
    facts: tuple[str, ...]
    parameters: tuple[str, ...]
    datasets: tuple[str, ...]

    def severity_sql(self, dialect: str = "duckdb") -> str:
        """Write the expression that gives the severity, or NULL where the rule does not hold."""
        cases = " ".join(f"WHEN {when.sql(dialect)} THEN '{severity.value}'" for severity, when in self.severities)
        return f"CASE WHEN COALESCE({self.predicate.sql(dialect)}, FALSE) THEN CASE {cases} END END"


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
    fact_names = _unique([*(name for expression in expressions for name in expression.facts), *rule.context])
    for name in rule.context:
        if name not in facts or rule.scope not in facts[name].scopes:
            raise RuleError(f"{rule.id}: context {name} is not a fact of a {rule.scope}")
    parameter_names = _unique(
        [
            *(name for expression in expressions for name in expression.parameters),
            *(name for fact in fact_names for name in facts[fact].parameters),
        ]
    )
    datasets = _unique([*rule.needs, *(code for fact in fact_names for code in facts[fact].datasets)])
    for text in (rule.evidence.zh, rule.evidence.en):
        for place in _PLACE.findall(text):
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
    return Words(
        zh=_fill(compiled.rule.evidence.zh, values, texts.IN_CHINESE),
        en=_fill(compiled.rule.evidence.en, values, texts.IN_ENGLISH),
    )


def _fill(template: str, values: Mapping[str, Any], words: tuple[str, str, str]) -> str:
    yes, no, unknown = words

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match.group(1))
        if value is None:
            return unknown
        if isinstance(value, bool):
            return yes if value else no
        return str(value)

    return _PLACE.sub(value_of, template)
