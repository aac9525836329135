"""The rules of data quality as their files declare them, checked when they are loaded, and as SQL. Pure.

Each scope is a pair of files in `catalogue`: `<scope>.sql` gives one row of facts for each person, household, running
episode or elimination of the chosen households, `<scope>.toml` names these facts and the rules over them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts import vocabulary
from contracts.fields import person_codes
from contracts.parameters import PARAMETERS, Words
from contracts.vocabulary import Labelled
from servicekit.expressions import FACTS_ALIAS, PARAMETERS_ALIAS, Checked, Checker, ValueType

Scope = Literal["person", "household", "episode", "elimination"]
Level = Literal["blocking", "warning", "check"]
_CodeList = type[Labelled]

SCOPES: tuple[Scope, ...] = ("person", "household", "episode", "elimination")
"""In the order in which their facts are made: each may read those before it (`quality_<scope>`)."""

_SEEN: Mapping[Scope, tuple[Scope, ...]] = {
    "person": ("person",),
    "household": ("household", "episode", "elimination"),
    "episode": ("episode",),
    "elimination": ("elimination",),
}
"""Of what the facts of a file are known: the row of an episode, or an elimination, has all of its household's."""


OF_EPISODES: frozenset[Scope] = frozenset({"episode", "elimination"})
"""Whose rules find something about an episode of the household."""

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
    """A rule of data quality.

    Attributes:
        said: Its condition, as its file says it.
        facts: What it looks at, in order: the evidence of an error.
        parameters: Names of the policy parameters that it asks.
        at_intake: Every write refuses what it finds; only older data can have it.
    """

    code: str
    scope: Scope
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

    relations: Mapping[Scope, str]
    facts: Mapping[str, Fact]
    rules: Mapping[str, Rule]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The policy parameters that the rules ask."""
        return tuple(sorted({name for rule in self.rules.values() for name in rule.parameters}))

    def of_scope(self, scope: Scope) -> list[Rule]:
        """Give the rules of a scope, by code."""
        return [rule for rule in self.rules.values() if rule.scope == scope]

    def codes(self, level: Level) -> list[str]:
        """Give the codes of the rules of a level."""
        return [rule.code for rule in self.rules.values() if rule.level == level]


def compile_catalogue(declared: Mapping[Scope, Mapping[str, Any]], relations: Mapping[Scope, str]) -> Catalogue:
    """Check declarations against each other.

    Args:
        declared: The parsed TOML of each scope.

    Raises:
        ValueError: a rule names what is not known of its scope, or says something that is not in the language.
    """
    documents = {scope: _FileDeclared.model_validate(declared[scope]) for scope in SCOPES}
    facts: dict[str, Fact] = {}
    for scope, document in documents.items():
        for name, said in document.facts.items():
            if name in facts:
                raise ValueError(f"{name} is declared twice")
            codes = _CODES[said.codes] if said.codes else None
            facts[name] = Fact(name, frozenset(_SEEN[scope]), said.type, said.zh, said.en, codes)
    rules = {}
    for scope, document in documents.items():
        checker = Checker(scope, facts, PARAMETERS)
        for code, rule in document.rules.items():
            begins = "CK-" if rule.level == "check" else f"Q-{scope[0].upper()}"
            if code in rules or not code.startswith(begins):
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


@cache
def load() -> Catalogue:
    """Load and check what ships.

    Raises:
        ValueError: naming the rule and what is wrong in it.
    """
    folder = files(__package__).joinpath("catalogue")
    texts = {scope: folder.joinpath(f"{scope}.toml").read_text(encoding="utf-8") for scope in SCOPES}
    return compile_catalogue(
        {scope: tomllib.loads(text) for scope, text in texts.items()},
        {scope: folder.joinpath(f"{scope}.sql").read_text(encoding="utf-8") for scope in SCOPES},
    )


def parameters_sql(names: Sequence[str]) -> str:
    """Write the query of each county's parameters, out of `:profiles`: `[{"county": ..., "said": {...}}]`."""
    columns = (f"CAST(r.said ->> '{name}' AS {ValueType(PARAMETERS[name].type).sql}) AS \"{name}\"" for name in names)
    return f"""SELECT {", ".join(("r.county", *columns))}
FROM jsonb_to_recordset(CAST(:profiles AS jsonb)) r (county text, said jsonb)"""


def found_sql(catalogue: Catalogue) -> str:
    """Write the query of everything that the rules find: (household_id, subject_id, scope, rule, evidence)."""
    return "\nUNION ALL\n".join(
        f"""SELECT {FACTS_ALIAS}.household_id, {_subject(scope)} AS subject_id, '{scope}' AS scope, x.rule, x.evidence
FROM quality_{scope} {FACTS_ALIAS} JOIN quality_parameter {PARAMETERS_ALIAS} USING (county)
CROSS JOIN LATERAL (VALUES
{_cases(rules)}
) x (rule, evidence)
WHERE x.evidence IS NOT NULL"""
        for scope in SCOPES
        if (rules := catalogue.of_scope(scope))
    )


def _subject(scope: Scope) -> str:
    return f"{FACTS_ALIAS}.episode_id" if scope in OF_EPISODES else f"{FACTS_ALIAS}.subject_id"


def _cases(rules: Sequence[Rule]) -> str:
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
