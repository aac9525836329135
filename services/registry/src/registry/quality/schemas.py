"""Data quality on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.parameters import Words
from registry.quality.rules import Scope
from registry.rulebook import Level
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import HeadTitle, SaysTitles, Titled

State = Literal["open", "accepted", "closed"]
RunState = Literal["waiting", "running", "done"]
_Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class _ErrorFilter(Body):
    rule: str | None = Field(default=None, pattern=r"^(Q-[PHE]|CK-)\d{2}$", description="see GET /v1/quality/rules")
    level: Level | None = None
    area: _Code | None = Field(default=None, description="this area and what lies in it")
    grid: str | None = Field(default=None, min_length=1, max_length=64, description="households of this grid")


class ErrorQuery(PageQuery, _ErrorFilter):
    """Which errors a list shows; those that are open unless `state` says otherwise."""

    state: State = "open"


class CountQuery(_ErrorFilter):
    """What is counted, and by which areas."""

    by: Literal["village", "town", "county"] = Field(default="village", description="areas of this level")


class FactOut(BaseModel):
    """A fact that a rule looks at."""

    name: str
    zh: str
    en: str


class RuleOut(BaseModel):
    """A rule of data quality."""

    code: str
    level: Level = Field(
        description="blocking 必须更正,warning 请核实,check 反向核查 / to be corrected, looked into, a counter-check"
    )
    scope: Scope
    title: Words
    advice: Words
    facts: list[FactOut] = Field(description="证据 / what it looks at: the evidence of an error")
    parameters: list[str] = Field(description="政策参数 / policy parameters that it asks")
    predicate: str = Field(description="条件 / an error is what this holds of")
    at_intake: bool = Field(description="录入时即拒绝 / every write refuses it: only older data can have it")
    source: str


class RulesOut(BaseModel):
    """Every rule of data quality."""

    items: list[RuleOut]


class AcceptedOut(BaseModel):
    """真实情况,已核实 / Who said that it is true as it is, and why."""

    at: datetime
    by: str = Field(description="staff:<id> of a person, else the client")
    reason: str


class QualityErrorOut(BaseModel):
    """What a rule found."""

    id: str
    rule: str
    level: Level | None = Field(description="null of a rule that there is no more")
    rule_title: Words | None
    advice: Words | None
    scope: Scope
    household_id: str
    area_code: str
    person: HeadTitle | None = Field(description="成员(脱敏) / the member that it is about, masked; null where none is")
    episode_id: str | None
    evidence: dict[str, Any] = Field(description="依据 / what the rule looked at: codes and amounts")
    state: State
    opened_at: datetime = Field(description="since when it is so, as far as the register knew")
    closed_at: datetime | None
    accepted: AcceptedOut | None


class QualityErrorRow(QualityErrorOut, Titled):
    """What a rule found, with what people recognise its household by."""


class QualityErrorShown(QualityErrorRow, SaysTitles):
    """One of them by itself."""


class QualityErrorPage(SaysTitles):
    """A page of errors, the oldest first."""

    items: list[QualityErrorRow]
    total: int = Field(description="errors that the filters leave; no more than 10,000 are counted")
    is_more: bool = Field(description="there are more than `total`")
    next_cursor: str | None = None


class HouseholdQuality(BaseModel):
    """What the rules found of a household: what is open, then what was, at most 200."""

    items: list[QualityErrorOut]


class QualityCount(BaseModel):
    """How many errors of a rule an area has."""

    rule: str
    level: Level | None
    rule_title: Words | None
    area_code: str
    area_name: str | None
    open: int
    accepted: int = Field(description="真实情况,已核实 / said to be true as they are")
    households: int = Field(description="households with an open one")
    oldest_opened_at: datetime | None = Field(description="of the open ones")
    oldest_days: int | None = Field(description="how many days the oldest is open")


class QualityCounts(BaseModel):
    """Errors by rule and area (RP-15)."""

    items: list[QualityCount]
    checked_on: date | None = Field(description="the last night in which every household was looked at")


class AcceptIn(Body):
    """Why it is true as it is."""

    model_config = examples({"reason": "入户核实:该生因病休学两年,复学读小学,年龄属实"})

    reason: Annotated[str, StringConstraints(min_length=5, max_length=500, strip_whitespace=True)]


class RunIn(Body):
    """Whose households are to be looked at now."""

    model_config = examples({"area_code": "990101101000"})

    area_code: _Code | None = Field(default=None, description="区划,默认为您的区划 / by default all of your area")


class RunOut(BaseModel):
    """How far a look at every household of an area is."""

    id: str
    area_code: str
    state: RunState
    households: int | None = Field(description="to be looked at; null until it has begun")
    checked: int
    opened: int
    closed: int
    asked_at: datetime
    finished_at: datetime | None
