"""Feedback on the wire."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from contracts.vocabulary import ClueState, Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery


class RoundQuery(PageQuery):
    """Which rounds a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="this area and what lies in it")
    department: Department | None = None
    state: Literal["open", "acknowledged"] | None = None


class RoundOut(BaseModel):
    """What was decided of a department's findings, until the department has read it."""

    id: str
    area_code: str = Field(description="the county")
    department: Department
    opened_on: date = Field(description="the day of the first result in it")
    due_on: date = Field(description="by when the department reads it")
    items: int = Field(description="findings that were decided about")
    acknowledged_on: date | None
    acknowledged_by: str | None
    duty_id: str


class RoundPage(BaseModel):
    """A page of rounds, the newest first."""

    items: list[RoundOut]
    next_cursor: str | None = None


class FeedbackOut(BaseModel):
    """What the verification said of a finding: no more of whom it is about than the finding itself has."""

    finding_id: str
    rule_id: str
    period: str | None
    household_id: str
    person_id: str | None
    area_code: str
    result: ClueState
    result_label: str
    reason: str | None = Field(description="excluded: why")
    decided_on: date


class FeedbackPage(BaseModel):
    """A page of what was decided, by finding."""

    items: list[FeedbackOut]
    next_cursor: str | None = None


class AcknowledgementIn(Body):
    """How many results were read."""

    model_config = examples({"items": 12})

    items: int = Field(ge=1, description="as the round says; 409 where more was decided since")
