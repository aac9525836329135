"""The rules that ship with Bangfu: one file a rule, checked when they are loaded."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from contracts.vocabulary import Department, RiskType, Severity
from sharing.rules.declared import declared
from sharing.rules.expressions import Checked, Checker
from sharing.rules.model import Example, Fact, Parameter, Rule, Scope, SeverityCase, Text, ValueType

_PLACE = re.compile(r"\{([a-z0-9_.]+)\}")
_RESOURCES = files("sharing.rules")


class RuleError(ValueError):
    """A rule or fact file contradicts itself or the declarations."""


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


@dataclass(frozen=True)
class Catalogue:
    """Facts, parameters and rules that belong together."""

    facts: Mapping[str, Fact]
    parameters: Mapping[str, Parameter]
    rules: tuple[CompiledRule, ...]

    def of_scope(self, scope: Scope) -> list[CompiledRule]:
        """Give the rules of a scope, in order of their ids."""
        return [compiled for compiled in self.rules if compiled.rule.scope == scope]

    @cached_property
    def by_id(self) -> dict[str, CompiledRule]:
        """The rules by id."""
        return {compiled.rule.id: compiled for compiled in self.rules}

    @cached_property
    def used_parameters(self) -> tuple[str, ...]:
        """Parameters that any rule uses, sorted."""
        return tuple(sorted({name for compiled in self.rules for name in compiled.parameters}))


@cache
def load_catalogue() -> Catalogue:
    """Load and check everything that ships.

    Raises:
        RuleError: naming the file and what is wrong in it.
    """
    rule_files = sorted(
        (entry for entry in _RESOURCES.joinpath("catalogue").iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    documents = [tomllib.loads(entry.read_text(encoding="utf-8")) for entry in rule_files]
    return build_catalogue(tomllib.loads(_RESOURCES.joinpath("facts.toml").read_text(encoding="utf-8")), documents)


def build_catalogue(facts_document: Mapping[str, Any], rule_documents: Iterable[Mapping[str, Any]]) -> Catalogue:
    """Check declared facts and rules against each other.

    Raises:
        RuleError: naming what is wrong.
    """
    facts = {name: _fact(name, entry) for name, entry in facts_document.items()}
    parameters = declared()
    rules = sorted((_rule(document) for document in rule_documents), key=lambda rule: rule.id)
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise RuleError("two rules have the same id")
    compiled = tuple(_compile(rule, facts, parameters) for rule in rules)
    person_rules = {rule.id for rule in rules if rule.scope == "person"}
    for fact in facts.values():
        for name in fact.parameters:
            if name not in parameters:
                raise RuleError(f"fact {fact.name}: unknown parameter {name}")
        if fact.any_member is not None and fact.any_member not in person_rules:
            raise RuleError(f"fact {fact.name}: {fact.any_member} is not a rule of scope person")
    return Catalogue(facts, parameters, compiled)


def _fact(name: str, entry: Mapping[str, Any]) -> Fact:
    try:
        fact = Fact(
            name=name,
            scopes=frozenset(entry["scopes"]),
            type=ValueType(entry["type"]),
            zh=entry["zh"],
            en=entry["en"],
            values=frozenset(entry.get("values", ())),
            datasets=tuple(entry.get("datasets", ())),
            parameters=tuple(entry.get("parameters", ())),
            any_member=entry.get("any_member"),
        )
    except (KeyError, ValueError) as error:
        raise RuleError(f"fact {name}: {error}") from error
    if not fact.scopes <= {"person", "household"} or not fact.scopes:
        raise RuleError(f"fact {name}: scopes must be person or household")
    if bool(fact.values) != (fact.type is ValueType.CODE):
        raise RuleError(f"fact {name}: exactly code facts list their values")
    if fact.any_member and (fact.type is not ValueType.BOOL or fact.scopes != {"household"}):
        raise RuleError(f"fact {name}: any_member makes a household fact of type bool")
    return fact


def _rule(document: Mapping[str, Any]) -> Rule:
    label = document.get("id", "a rule without id")
    try:
        rule = Rule(
            id=document["id"],
            version=int(document["version"]),
            scope=document["scope"],
            department=Department(document["department"]),
            title=Text(**document["title"]),
            needs=tuple(document["needs"]),
            claims_absence=tuple(document.get("claims_absence", ())),
            risk_type=RiskType(document["risk_type"]),
            predicate=document["predicate"],
            severities=tuple(
                SeverityCase(Severity(entry["level"]), entry.get("when", "TRUE")) for entry in document["severity"]
            ),
            context=tuple(document.get("context", ())),
            evidence=Text(**document["evidence"]),
            deadline=document["deadline"],
            source=document["source"],
            requirements=tuple(document["requirements"]),
            examples=tuple(
                Example(
                    name=entry["name"],
                    facts=entry["facts"],
                    expect=None if entry["expect"] == "none" else Severity(entry["expect"]),
                    parameters=entry.get("parameters", {}),
                )
                for entry in document["examples"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RuleError(f"{label}: {error}") from error
    if rule.scope not in ("person", "household"):
        raise RuleError(f"{label}: scope must be person or household")
    if not rule.severities or rule.severities[-1].when != "TRUE":
        raise RuleError(f"{label}: the last severity must hold always")
    if not set(rule.claims_absence) <= set(rule.needs):
        raise RuleError(f"{label}: claims_absence names a dataset that it does not need")
    if {example.expect is None for example in rule.examples} != {True, False}:
        raise RuleError(f"{label}: examples of both outcomes are needed")
    return rule


def _compile(rule: Rule, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]) -> CompiledRule:
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
) -> Text:
    """Fill the rule's evidence text with a finding's own values."""
    return Text(
        zh=_fill(compiled.rule.evidence.zh, evidence, parameters, facts, yes="是", no="否", unknown="不详"),
        en=_fill(compiled.rule.evidence.en, evidence, parameters, facts, yes="yes", no="no", unknown="unknown"),
    )


def _fill(
    template: str,
    evidence: Mapping[str, Any],
    parameters: Mapping[str, Any],
    facts: Mapping[str, Fact],
    *,
    yes: str,
    no: str,
    unknown: str,
) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        value = evidence.get(name) if name in facts else parameters.get(name)
        if value is None:
            return unknown
        if isinstance(value, bool):
            return yes if value else no
        return str(value)

    return _PLACE.sub(value_of, template)
