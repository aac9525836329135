"""Wire models of findings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from contracts.parameters import Words
from contracts.vocabulary import Department, RiskType, Severity
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled


class FindingQuery(PageQuery):
    """Which findings a list shows; null means any."""

    period: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    rule: str | None = Field(default=None, max_length=20)
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    severity: Severity | None = None
    household_id: str | None = Field(default=None, max_length=64)
    withdrawn: bool = Field(default=False, description="包含已撤回 / include withdrawn findings")
    limit: int = Field(default=50, ge=1, le=200, description="items a page")


class FindingOut(BaseModel):
    """A rule holds for a household or person on a period's data."""

    finding_id: str
    run_id: str
    rule_id: str
    rule_version: int
    scope: Literal["person", "household"]
    household_id: str
    person_id: str | None
    area_code: str
    period: str
    risk_type: RiskType
    severity: Severity
    evidence: dict[str, Any] = Field(description="规则引用的事实 / the facts that the rule names; money as text")
    parameters: dict[str, Any] = Field(description="当时的政策参数 / the policy parameters at that time")
    profile_version: int
    deliveries: list[str] = Field(description="数据来源批次 / deliveries that the facts came from")
    found_at: datetime
    withdrawn_at: datetime | None
    rule_state: Literal["active", "retired"] = Field(
        description="规则现状 / how the rule stands there now: what a retired one found in closed months stays"
    )
    explanation: Words | None = Field(
        description="the rule's evidence text with this finding's values; null if the rule has a newer version"
    )


class FindingRow(FindingOut, Titled):
    """A finding in a list, with what people recognise it by."""


class FindingPage(SaysTitles):
    """A page of findings."""

    items: list[FindingRow]
    next_cursor: str | None = None


class FindingShown(FindingRow, SaysTitles):
    """A finding by itself."""


class TownOutcome(BaseModel):
    """Verification results of a township."""

    area_code: str
    confirmed: int
    excluded: int
    withdrawn: int
    pending: int


class PrecisionOut(BaseModel):
    """How often a rule was right, as the townships found out."""

    rule_id: str
    department: Department
    clues: int
    confirmed: int = Field(
        description="转识别、仅政策落实、已是监测对象 / identification, policy delivery or existing case"
    )
    excluded: int
    withdrawn: int = Field(
        description="依据消失已撤销 / closed without a verification: corrected data no longer showed the risk"
    )
    pending: int
    precision: float | None = Field(description="confirmed / (confirmed + excluded); null before any verification")
    reasons: dict[str, int] = Field(description="排除原因 / clues by reason of exclusion")
    towns: list[TownOutcome]
