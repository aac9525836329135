"""Wire models of the rule catalogue."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from contracts.vocabulary import Department, RiskType, Severity
from sharing.catalogue.assembly import Catalogue
from sharing.catalogue.model import ValueType
from sharing.catalogue.rules import CompiledRule


class TextOut(BaseModel):
    """The same text in Chinese and English."""

    zh: str
    en: str


class FactOut(BaseModel):
    """A fact that the rule names: part of the evidence of its findings."""

    name: str
    type: str
    label: TextOut
    values: list[str]
    datasets: list[str]


class ParameterOut(BaseModel):
    """A policy parameter that the rule uses; its value comes from the policy profile of the household's area."""

    name: str
    type: str
    label: TextOut


class SeverityOut(BaseModel):
    """A severity and its condition; the first that holds counts."""

    severity: Severity
    when: str


class ExampleOut(BaseModel):
    """A small case with its outcome; facts that are not given are false or unknown."""

    name: str
    facts: dict[str, Any]
    parameters: dict[str, Any]
    expect: Severity | None


class RuleOut(BaseModel):
    """A rule as it is declared."""

    id: str
    version: int
    scope: str
    department: Department
    title: TextOut
    risk_type: RiskType
    needs: list[str] = Field(description="缺少即跳过的数据集 / datasets without which the rule is skipped")
    datasets: list[str] = Field(description="所用数据集 / datasets that its facts come from")
    predicate: str
    severities: list[SeverityOut]
    facts: list[FactOut]
    parameters: list[ParameterOut]
    evidence: TextOut
    deadline: str
    source: str
    requirements: list[str]
    examples: list[ExampleOut]


def rule_out(catalogue: Catalogue, compiled: CompiledRule) -> RuleOut:
    """Show a rule."""
    rule = compiled.rule
    return RuleOut(
        id=rule.id,
        version=rule.version,
        scope=rule.scope,
        department=rule.department,
        title=TextOut(zh=rule.title.zh, en=rule.title.en),
        risk_type=rule.risk_type,
        needs=list(rule.needs),
        datasets=list(compiled.datasets),
        predicate=" ".join(rule.predicate.split()),
        severities=[SeverityOut(severity=case.severity, when=" ".join(case.when.split())) for case in rule.severities],
        facts=[
            FactOut(
                name=fact.name,
                type=fact.type,
                label=TextOut(zh=fact.zh, en=fact.en),
                values=sorted(fact.values),
                datasets=list(fact.datasets),
            )
            for fact in (catalogue.facts[name] for name in compiled.facts)
        ],
        parameters=[
            ParameterOut(name=entry.name, type=ValueType(entry.type), label=TextOut(zh=entry.zh, en=entry.en))
            for entry in (catalogue.parameters[name] for name in compiled.parameters)
        ],
        evidence=TextOut(zh=rule.evidence.zh, en=rule.evidence.en),
        deadline=rule.deadline,
        source=rule.source,
        requirements=list(rule.requirements),
        examples=[
            ExampleOut(
                name=example.name,
                facts={
                    name: str(value) if not isinstance(value, bool | int) else value
                    for name, value in example.facts.items()
                },
                parameters=dict(example.parameters),
                expect=example.expect,
            )
            for example in rule.examples
        ],
    )
