"""Policy gaps on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from contracts.vocabulary import Department, GapRefusal, GapResult, GapState, RiskType, Severity
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class GapQuery(PageQuery):
    """Which policy gaps a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="this area and what lies in it")
    department: Department | None = None
    state: GapState | None = None
    household: str | None = Field(default=None, max_length=64, description="household id")


class GapOut(BaseModel):
    """What a department owes by policy."""

    id: str
    clue_id: str
    household_id: str
    person_id: str | None = Field(description="who lacks it; null where it is the household")
    area_code: str
    department: Department = Field(description="the one that must act")
    risk_type: RiskType
    severity: Severity
    rule_id: str | None = Field(description="the rule that found it; null where nobody's data showed it")
    state: GapState
    version: int
    due_on: date = Field(description="by when the department answers")
    result: GapResult | None = Field(description="what it said; null while it has not, or the township objected")
    reason: GapRefusal | None
    granted_on: date | None = Field(description="since when it is granted")
    review_due_on: date | None = Field(description="by when the township looks at what is not granted")
    duty_id: str | None = Field(description="the duty that waits: take it in hand to give its result")
    updated_at: datetime


class GapRow(GapOut, Titled):
    """A policy gap in a list, with what people recognise its household by."""


class GapRows(BaseModel):
    """A page of policy gaps, as this service knows them."""

    items: Sequence[GapOut]
    next_cursor: str | None = None


class GapPage(GapRows, SaysTitles):
    """A page of policy gaps, the newest first."""

    items: list[GapRow]


class GapStepOut(BaseModel):
    """What became of a policy gap."""

    version: int
    state: GapState
    result: GapResult | None
    reason: GapRefusal | None
    granted_on: date | None
    note: str
    by: str | None = Field(description="null: it followed from what it is about")
    at: datetime


class GapDetail(GapOut):
    """A policy gap with what became of it."""

    steps: list[GapStepOut]


class GapShown(GapDetail, Titled, SaysTitles):
    """A policy gap with what became of it, and what people recognise its household by."""


class AnswerIn(Body):
    """What the department says."""

    model_config = examples({"result": "granted", "granted_on": "2026-11-20", "note": "已补办参保登记"})

    result: GapResult
    granted_on: date | None = Field(default=None, description="granted: since when")
    reason: GapRefusal | None = Field(default=None, description="refused: why")
    note: Note = ""


class TakeBackIn(Body):
    """Why it is not granted after all."""

    model_config = examples({"note": "参保登记未办成,系统退回"})

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]


class ReviewIn(Body):
    """What the township says to what is not granted."""

    model_config = examples({"agrees": False, "note": "该户符合条件,请重新办理"})

    agrees: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]
