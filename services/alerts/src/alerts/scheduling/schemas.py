"""Scheduling on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from alerts.scheduling.rules import PERIOD_FORM
from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.persons import PERSON_FORM

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]


class ItemIn(Body):
    """Something that was decided."""

    what: Text
    area_code: AreaCode = Field(description="whose it is: the township of it, if no department is named")
    department: Department | None = None
    responsible: Annotated[str, StringConstraints(pattern=PERSON_FORM, to_lower=True)] | None = Field(
        default=None, description="责任人 staff:<id> / who has to see to it; null: whoever takes the duty in hand"
    )
    due_on: date


class SchedulingIn(Body):
    """A meeting of a month, or the inspection of a quarter."""

    model_config = examples(
        {
            "area_code": "990101000000",
            "period": "2026-11",
            "held_on": "2026-11-18",
            "chaired_by": "领导小组办公室主任",
            "topics": ["监测帮扶进度", "整改进度"],
            "summary": "通报各乡镇进度,明确整改要求",
            "items": [
                {"what": "补齐参保台账", "area_code": "990101000000", "department": "MED", "due_on": "2026-12-05"}
            ],
        }
    )

    area_code: AreaCode
    period: Annotated[str, StringConstraints(pattern=PERIOD_FORM)] = Field(
        description="2026-11: the month's scheduling; 2026-Q4: the quarter's inspection"
    )
    held_on: date
    chaired_by: Line = Field(description="主持人职务 / by whom: an office or staff:<id>")
    topics: Annotated[list[Line], Field(min_length=1, max_length=30)]
    summary: Text
    items: Annotated[list[ItemIn], Field(max_length=100)] = []


class CancelIn(Body):
    """Why a record is cancelled."""

    model_config = examples({"reason": "重复登记"})

    reason: Line


class ResultIn(Body):
    """That what was decided is done."""

    model_config = examples({"done_on": "2026-12-01", "note": "台账已补齐"})

    done_on: date
    note: Text


class SchedulingQuery(PageQuery):
    """Which records a list shows; null means any."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    period: str | None = Field(default=None, pattern=PERIOD_FORM)


class ItemOut(BaseModel):
    """Something that was decided, and what became of it."""

    id: str
    scheduling_id: str
    what: str
    area_code: str
    department: Department | None
    responsible: str | None
    due_on: date
    state: Literal["open", "done", "cancelled"]
    version: int
    is_overdue: bool
    done_on: date | None
    note: str | None
    closed_by: str | None
    duty_id: str


class SchedulingOut(BaseModel):
    """A meeting or an inspection, as it was recorded."""

    id: str
    area_code: str
    period: str
    held_on: date
    chaired_by: str
    topics: list[str]
    summary: str
    is_late: bool = Field(description="it was held after its period was over")
    recorded_by: str
    recorded_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancelled_why: str | None
    items: list[ItemOut]


class SchedulingPage(BaseModel):
    """A page of records, the newest first."""

    items: list[SchedulingOut]
    total: int
    next_cursor: str | None = None
