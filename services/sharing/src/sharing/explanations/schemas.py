"""Wire models of explanations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.parameters import Words
from contracts.vocabulary import Department, Severity


class RuleTold(BaseModel):
    """The rule that a finding comes from."""

    id: str
    version: int
    title: Words | None = Field(description="规则已变更则为空 / null if the rule has another version now")
    department: Department | None
    deadline: str | None
    source: str | None = Field(description="依据的条款 / the clause that the rule comes from")
    is_current: bool = Field(description="规则现为该版本 / whether the rule still is of this version")
    state: Literal["active", "retired"] = Field(description="规则在当地的现状 / how the rule stands there now")
    state_reason: str | None = Field(description="停用或启用的原因 / why somebody retired or activated it")
    state_since: datetime | None = Field(description="null: active as it ships")


class Condition(BaseModel):
    """One of the conditions that must all hold."""

    text: Words
    expression: str
    holds: bool | None = Field(description="null: 不详 / unknown")


class Origin(BaseModel):
    """Where a fact comes from: a delivery that counted."""

    delivery_id: str
    dataset: str
    label: Words
    department: Department
    period: str
    area_code: str
    delivered_at: datetime | None
    receipt_no: str | None


class FactTold(BaseModel):
    """A fact that the rule names, with its value."""

    name: str
    label: Words
    value: bool | int | str | None = Field(description="money and dates as text; null: unknown")
    shown: Words
    datasets: list[str] = Field(description="空：来自登记信息 / datasets that it is computed from; empty: the register")
    origins: list[Origin]


class ParameterTold(BaseModel):
    """A policy parameter with the value that held."""

    name: str
    label: Words
    unit: Words
    value: bool | int | str | None
    source: str


class ChangeTold(BaseModel):
    """One value that would make the finding another one, everything else as it is."""

    kind: Literal["fact", "parameter"]
    name: str
    label: Words
    to: Literal["value", "known", "unknown"] = Field(description="known: any value would do where there is none now")
    value: bool | int | str | None = Field(description="of amounts and dates the nearest; null unless `to` is value")
    severity: Severity | None = Field(description="那时的等级；空：不再预警 / what would be found; null: nothing")
    text: Words


class ExplanationOut(BaseModel):
    """Why a finding is there: its rule in words, its facts with their origin, and what would change it."""

    finding_id: str
    rule: RuleTold
    severity: Severity
    sentence: Words | None
    conditions: list[Condition]
    facts: list[FactTold]
    parameters: list[ParameterTold]
    profile_version: int
    changes: list[ChangeTold]
