"""HTTP models of datasets and rules."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from contracts.parameters import Words
from contracts.vocabulary import Department, RiskType, Severity
from sharing.catalogue.assembly import Catalogue
from sharing.catalogue.declaration import Dataset, FieldDeclaration, RowCheck
from sharing.catalogue.model import StatusDeclaration
from sharing.catalogue.rules import CompiledRule


class DatasetOut(BaseModel):
    """A dataset: what a department delivers, and how."""

    code: str = Field(examples=["DS-MED-COST"])
    label: str
    english: str
    department: Department
    department_label: str
    subject: str = Field(description="每行说明的对象 / what a row is of: person, scheme, project, fund, ...")
    area: str | None = Field(description="写明区划的字段 / the field with a row's area; null: of persons")
    mode: Literal["full", "incremental"]
    valid_months: int = Field(description="periods, the current one included, that a delivery counts for")
    owed_months: list[int] = Field(description="应报送月份 / months of the year whose data are owed, 1 to 12")
    nil_allowed: bool
    key: list[str]
    due_day_parameter: str
    legal_basis: str
    fields: list[FieldDeclaration] = Field(description="all columns, of persons with id_no and name; empty in lists")
    row_checks: list[RowCheck]
    status: StatusDeclaration | None = Field(
        description="数据决定的“三保障”和饮水状况 / the guarantee of households that its rows set; null: none"
    )


class DatasetList(BaseModel):
    """The catalogue."""

    items: list[DatasetOut]


def dataset_out(dataset: Dataset, *, with_fields: bool) -> DatasetOut:
    """Give a dataset as the API shows it."""
    fields = dataset.columns if with_fields else ()
    return DatasetOut.model_validate(
        dataset.model_dump() | {"department_label": dataset.department.label, "fields": fields}
    )


class FactOut(BaseModel):
    """A fact that the rule names: part of the evidence of its findings."""

    name: str
    type: str
    label: Words
    values: list[str]
    datasets: list[str]


class ParameterOut(BaseModel):
    """A policy parameter that the rule uses; its value comes from the policy profile of the household's area."""

    name: str
    type: str
    label: Words


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
    title: Words
    risk_type: RiskType
    risk_fact: str | None = Field(
        description="以该事实的值为风险类型，不详时用 risk_type / fact whose value is the risk, where it is known"
    )
    is_policy_gap: bool = Field(
        description="政策落实缺口：不因同类未消除风险而并入在册个案 / never added to a case in silence"
    )
    needs: list[str] = Field(description="缺少即跳过的数据集 / datasets without which the rule is skipped")
    needs_one: list[str] = Field(description="至少需要其一的数据集 / datasets of which one is enough")
    datasets: list[str] = Field(description="所用数据集 / datasets that its facts come from")
    predicate: str
    severities: list[SeverityOut]
    facts: list[FactOut]
    parameters: list[ParameterOut]
    evidence: Words
    deadline: str
    source: str
    requirements: list[str]
    examples: list[ExampleOut]


def rule_out(catalogue: Catalogue, compiled: CompiledRule) -> RuleOut:
    """Show a rule."""
    declared = compiled.rule.model_dump(exclude={"claims_absence", "context", "outcomes"})
    declared["predicate"] = _line(declared["predicate"])
    for case in declared["severities"]:
        case["when"] = _line(case["when"])
    return RuleOut(
        **declared,
        examples=[
            ExampleOut(
                name=example.name,
                facts={name: _value(value) for name, value in example.facts.items()},
                parameters=dict(example.parameters),
                expect=example.expect,
            )
            for example in compiled.rule.examples
        ],
        datasets=list(compiled.datasets),
        facts=[
            FactOut(
                name=fact.name,
                type=fact.type,
                label=Words(zh=fact.zh, en=fact.en),
                values=sorted(fact.values),
                datasets=list(fact.datasets),
            )
            for fact in (catalogue.facts[name] for name in compiled.facts)
        ],
        parameters=[
            ParameterOut(name=entry.name, type=entry.type, label=Words(zh=entry.zh, en=entry.en))
            for entry in (catalogue.parameters[name] for name in compiled.parameters)
        ],
    )


def _value(value: object) -> bool | int | str:
    return value if isinstance(value, bool | int) else str(value)


def _line(expression: str) -> str:
    return " ".join(expression.split())
