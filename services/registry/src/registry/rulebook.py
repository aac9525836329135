"""Rules as their files declare them: conditions over named facts and policy parameters, with words. Pure.

A file names facts of a scope, which a query gives, and rules over them; it is checked when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts import vocabulary
from contracts.fields import person_codes
from contracts.parameters import PARAMETERS, Words
from contracts.vocabulary import Labelled
from servicekit.expressions import FACTS_ALIAS, Checked, Checker, ValueType

Level = Literal["blocking", "warning", "check"]
_CodeList = type[Labelled]

_CODES: Mapping[str, Any] = {**vars(vocabulary), **vars(person_codes)}


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _FactDeclared(_Declared):
    type: ValueType
    codes: str | None = Field(default=None, description="code list of contracts")
    zh: str
    en: str


class _RuleDeclared(_Declared):
    level: Level
    predicate: str
    title: Words
    advice: Words
    source: str = Field(min_length=3)
    at_intake: bool = Field(default=False, description="every write refuses it: only older data can have it")


class _FileDeclared(_Declared):
    facts: dict[str, _FactDeclared]
    rules: dict[str, _RuleDeclared]


@dataclass(frozen=True)
class Fact:
    """Something that a rule may look at.

    Attributes:
        codes: The code list of a code.
    """

    name: str
    scopes: frozenset[str]
    type: ValueType
    zh: str
    en: str
    codes: _CodeList | None

    @property
    def values(self) -> frozenset[str]:
        """The codes that a code may have."""
        return frozenset(code.value for code in self.codes or ())


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        said: Its condition, as its file says it.
        facts: What it looks at, in order: the evidence of what it finds.
        parameters: Names of the policy parameters that it asks.
        at_intake: Every write refuses what it finds; only older data can have it.
    """

    code: str
    scope: str
    level: Level
    title: Words
    advice: Words
    source: str
    at_intake: bool
    said: str
    predicate: Checked
    facts: tuple[Fact, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """Facts, the queries that give them, and rules.

    Attributes:
        relations: The query of each scope's facts, in the order in which they are made.
    """

    relations: Mapping[str, str]
    facts: Mapping[str, Fact]
    rules: Mapping[str, Rule]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The policy parameters that the rules ask."""
        return tuple(sorted({name for rule in self.rules.values() for name in rule.parameters}))

    def of_scope(self, scope: str) -> list[Rule]:
        """Give the rules of a scope, by code."""
        return [rule for rule in self.rules.values() if rule.scope == scope]

    def codes(self, level: Level) -> list[str]:
        """Give the codes of the rules of a level."""
        return [rule.code for rule in self.rules.values() if rule.level == level]


def compile_rules(
    declared: Mapping[str, Mapping[str, Any]],
    relations: Mapping[str, str],
    seen: Mapping[str, tuple[str, ...]],
    begins: Callable[[str, Level], str],
) -> Catalogue:
    """Check declarations against each other.

    Args:
        declared: The parsed TOML of each scope.
        seen: Of which scopes the facts of a scope's file are known.
        begins: How the code of a scope's rule of a level begins.

    Raises:
        ValueError: a rule names what is not known of its scope, or says something that is not in the language.
    """
    documents = {scope: _FileDeclared.model_validate(said) for scope, said in declared.items()}
    facts: dict[str, Fact] = {}
    for scope, document in documents.items():
        for name, said in document.facts.items():
            if name in facts:
                raise ValueError(f"{name} is declared twice")
            codes = _CODES[said.codes] if said.codes else None
            facts[name] = Fact(name, frozenset(seen[scope]), said.type, said.zh, said.en, codes)
    rules: dict[str, Rule] = {}
    for scope, document in documents.items():
        checker = Checker(scope, facts, PARAMETERS)
        for code, rule in document.rules.items():
            if code in rules or not code.startswith(begins(scope, rule.level)):
                raise ValueError(f"{code} is no code of a rule about a {scope}, or is there twice")
            try:
                predicate = checker.condition(rule.predicate)
            except ValueError as error:
                raise ValueError(f"{code}: {error}") from error
            rules[code] = Rule(
                code=code,
                scope=scope,
                level=rule.level,
                title=rule.title,
                advice=rule.advice,
                source=rule.source,
                at_intake=rule.at_intake,
                said=" ".join(rule.predicate.split()),
                predicate=predicate,
                facts=tuple(facts[name] for name in predicate.facts),
                parameters=predicate.parameters,
            )
    return Catalogue(relations, facts, dict(sorted(rules.items())))


def parameters_sql(names: Sequence[str]) -> str:
    """Write the query of each county's parameters, out of `:profiles`: `[{"county": ..., "said": {...}}]`."""
    columns = (f"CAST(r.said ->> '{name}' AS {ValueType(PARAMETERS[name].type).sql}) AS \"{name}\"" for name in names)
    return f"""SELECT {", ".join(("r.county", *columns))}
FROM jsonb_to_recordset(CAST(:profiles AS jsonb)) r (county text, said jsonb)"""


def cases_sql(rules: Sequence[Rule]) -> str:
    """Write the values (rule, evidence) of a row of facts; the evidence is null where a rule does not hold."""
    return ",\n".join(
        f"    ('{rule.code}', CASE WHEN {rule.predicate.sql('postgres')} THEN {_evidence(rule)} END)" for rule in rules
    )


def _evidence(rule: Rule) -> str:
    """Write the expression of what a rule saw; amounts are text, as everywhere."""
    pairs = (
        f"'{fact.name}', {FACTS_ALIAS}.{fact.name}{'::text' if fact.type is ValueType.MONEY else ''}"
        for fact in rule.facts
    )
    return f"jsonb_build_object({', '.join(pairs)})"
