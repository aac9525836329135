"""The supervision list on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]


class SupervisionIn(Body):
    """A unit that is put on the list."""

    model_config = examples({"area_code": "990101101000", "reason": "未达到增收目标", "due_on": "2026-12-31"})

    area_code: AreaCode = Field(description="the unit's area: it is the unit, if no department is named")
    department: Department | None = None
    reason: Text
    due_on: date


class SupervisionTextIn(Body):
    """How far it is, or why it is over."""

    model_config = examples({"text": "已完成整改,现场核实"})

    text: Text


class SupervisionQuery(PageQuery):
    """Which entries a list shows; null means any."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    department: Department | None = None
    state: Literal["open", "closed"] | None = None


class ProgressOut(BaseModel):
    """What was said of an entry."""

    at: datetime
    by: str
    text: str


class SupervisionOut(BaseModel):
    """A unit on the list."""

    id: str
    area_code: str
    department: Department | None
    reason: str
    opened_on: date
    opened_by: str
    due_on: date
    is_overdue: bool
    progress: list[ProgressOut]
    closed_on: date | None
    closed_by: str | None
    closed_why: str | None


class SupervisionPage(BaseModel):
    """A page of the list, the newest first."""

    items: list[SupervisionOut]
    total: int = Field(description="entries that the filters leave")
    next_cursor: str | None = None
