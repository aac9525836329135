"""What a rule and a fact are: values without behaviour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.parameters import Words
from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department, Guarantee, RiskType, Severity
from servicekit.expressions import ValueType

Scope = Literal["person", "household"]


@dataclass(frozen=True)
class Fact:
    """Something known about a person or household, computed from the registry and the deliveries.

    Attributes:
        scopes: Where rules may name it.
        values: Codes that a code fact may have; empty for the other types.
        default: What holds of somebody of whom the dataset tells nothing; `None`: unknown.
        datasets: Deliveries that it is computed from; empty for the registry alone.
        parameters: Policy parameters that its computation uses.
    """

    name: str
    scopes: frozenset[Scope]
    type: ValueType
    zh: str
    en: str
    values: frozenset[str] = frozenset()
    default: bool | int | None = None
    datasets: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeverityCase(_Declared):
    """A severity and the expression that gives it; the first that holds counts."""

    severity: Severity = Field(alias="level")
    when: str = "TRUE"


@dataclass(frozen=True)
class Example:
    """A small case that every rule brings along, with its expected outcome; `None`: no finding."""

    name: str
    facts: Mapping[str, Any]
    parameters: Mapping[str, Any]
    expect: Severity | None


class Rule(_Declared):
    """A rule as its file declares it.

    Attributes:
        needs: Datasets without which the rule is skipped: a full list that nobody delivered leaves its facts unknown.
        needs_one: Datasets of which any tells something; without all of them the rule is skipped.
        claims_absence: Those of `needs` of which the rule says that a person is *not* in them; a single
            pushed record does not stand in for the whole list.
        risk_fact: A fact whose value is the risk of a finding, where it is known; else `risk_type` is.
        is_policy_gap: Somebody lacks what the policy owes; an open risk of the same kind does not answer that, so the
            finding is never added to the case in silence.
        is_of_dead: It is about dying itself; no other rule of persons holds of somebody who is dead.
        is_unchecked: It finds those whom the rules beside it cannot check: each waits on the worklist for a person.
        context: Facts that no expression names but the evidence shows beside them.
        evidence: Templates with `{fact}` and `{parameter.name}` places.
        deadline: When the department's data are due, in words.
        source: Clause of the policy that the rule comes from.
        outcomes: Expected severity, or "none" -> name of a case -> its facts, and parameters (they have a dot).
    """

    id: str
    version: int
    scope: Scope
    department: Department
    title: Words
    needs: tuple[str, ...] = ()
    needs_one: tuple[str, ...] = ()
    claims_absence: tuple[str, ...] = ()
    risk_type: RiskType
    risk_fact: str | None = None
    is_policy_gap: bool = False
    is_of_dead: bool = False
    is_unchecked: bool = False
    predicate: str
    severities: tuple[SeverityCase, ...] = Field(alias="severity")
    context: tuple[str, ...] = ()
    evidence: Words
    deadline: str
    source: str
    requirements: tuple[str, ...]
    outcomes: Mapping[Severity | Literal["none"], Mapping[str, Mapping[str, Any]]] = Field(alias="examples")

    def asks_for(self, fact: str) -> bool:
        """Tell whether an expression names a fact."""
        return any(
            re.search(rf"\b{fact}\b", text) for text in (self.predicate, *(case.when for case in self.severities))
        )

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The cases of every outcome."""
        return tuple(
            Example(
                name,
                facts={key: value for key, value in given.items() if "." not in key},
                parameters={key: value for key, value in given.items() if "." in key},
                expect=None if outcome == "none" else outcome,
            )
            for outcome, cases in self.outcomes.items()
            for name, given in cases.items()
        )

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        if not self.severities or self.severities[-1].when != "TRUE":
            raise ValueError("the last severity must hold always")
        if self.needs and self.needs_one:
            raise ValueError("a rule needs all of some datasets, or one of them")
        if not set(self.claims_absence) <= set(self.needs):
            raise ValueError("claims_absence names a dataset that it does not need")
        if {example.expect is None for example in self.examples} != {True, False}:
            raise ValueError("examples of both outcomes are needed")
        return self


class Claim(_Declared):
    """When a dataset says that a guarantee is unsafe, or safe, and in which words, with `{fact}` places."""

    when: str
    detail: Words


class StatusDeclaration(_Declared):
    """The status of households that a dataset sets (三保障和饮水).

    Attributes:
        guarantee: Which of the four.
        as_of: A date among the facts of households: the day that a claim is about; that of the list if none is named.
        unsafe, safe: What must hold. Where neither does the dataset says nothing; that something is safe is said only
            of households that a visit found unsafe.
    """

    guarantee: Guarantee
    as_of: str | None = None
    unsafe: Claim
    safe: Claim | None = None


class MeasureDeclaration(_Declared):
    """The measure that a row of a dataset of persons is (帮扶措施): what a department gave a household.

    Attributes:
        title: What it is, in words.
        named_by: An `enum` field whose label says more, as the product of an insurance.
        given_on: The date field with the day of it; none if the list does not tell.
        until: The date field with the day until which it goes on.
        amount: The `money` field with what was given, in yuan.
        when: Which rows are one, as a condition like a row check; every row if absent.
        income: The amount of a year's income that it is part of, by its name in `contracts.fields.INCOME`.
    """

    category: MeasureCategory
    title: Words
    named_by: str | None = None
    given_on: str | None = None
    until: str | None = None
    amount: str | None = None
    when: str | None = None
    income: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """The fields that it names, each with the type that it must have."""
        typed = {"enum": self.named_by, "money": self.amount}
        named = {name: kind for kind, name in typed.items() if name is not None}
        return named | {name: "date" for name in (self.given_on, self.until) if name is not None}

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        if self.income is not None and None in (self.given_on, self.amount):
            raise ValueError("what is part of an income has a day and an amount")
        return self


@dataclass(frozen=True)
class DatasetRows:
    """What the comparison reads of a dataset: the columns that its `facts.sql` and ledgers name.

    Attributes:
        name: The relation of its rows in `facts.sql`, with `pn`, `hn`, `is_match` (false: same ID number, other name).
        key, newest: Which of several rows counts: per key the first by `newest`, by period, by order of commit.
        columns: Column -> SQL type.
        measure: What a row is to its person's household, beside what the facts make of it.
        is_compared: Last month's list is read as well, as `<name>_before`.
        deaths: When a row says that its person died, and the column with the day.
        claims_life: When a row no longer holds of somebody who died on `died_on`.
        area: Of rows that are of no person: the column with their area. Where `facts.sql` reads their `hn`, each row
            stands once for every household of its area (`meets_households`); else it stands alone, without `hn`.
    """

    code: str
    name: str
    key: tuple[str, ...]
    newest: tuple[str, ...]
    columns: Mapping[str, str]
    is_compared: bool = False
    measure: MeasureDeclaration | None = None
    deaths: tuple[str, str] | None = None
    claims_life: str | None = None
    area: str | None = None
    meets_households: bool = True
