"""Inspections on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.persons import PERSON_FORM
from servicekit.titles import SaysTitles, Titled

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Quarter = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-Q[1-4]$")]
Stratum = Literal["new", "eliminated", "unresolved", "excluded"]
Finding = Literal["as_recorded", "differs", "nobody_there"]


class ResponsibleIn(Body):
    """Who inspects in a township."""

    area_code: AreaCode = Field(description="the township")
    person: Annotated[str, StringConstraints(pattern=PERSON_FORM, to_lower=True)] = Field(description="staff:<id>")


class InspectionIn(Body):
    """An inspection that is to be drawn."""

    model_config = examples({"area_code": "990101000000", "period": "2026-Q4", "due_on": "2026-12-31"})

    area_code: AreaCode = Field(description="the county")
    period: Quarter
    households: int | None = Field(
        default=None, ge=1, le=50, description="of each kind in each township; the profile's number if it is not said"
    )
    seed: Annotated[str, StringConstraints(pattern=r"^[0-9a-z-]{8,64}$")] | None = Field(
        default=None, description="by chance if it is not said; it is kept and shown"
    )
    due_on: date
    note: Note = ""
    responsible: Annotated[list[ResponsibleIn], Field(max_length=100)] = []


class InspectionResultIn(Body):
    """What was found at a household."""

    model_config = examples({"visited_on": "2026-12-01", "finding": "as_recorded", "note": "政策已落实"})

    visited_on: date
    finding: Finding
    note: Text


class InspectionsQuery(PageQuery):
    """Which inspections a list shows."""

    area_code: AreaCode | None = Field(default=None, description="of the county that it is, or lies in")
    period: Quarter | None = None


class InspectionTasksQuery(PageQuery):
    """Which of the households that were drawn a list shows."""

    area_code: AreaCode | None = Field(default=None, description="this area and what lies in it")
    state: Literal["open", "done", "cancelled"] | None = None
    stratum: Stratum | None = None


class ChecklistQuery(Body):
    """In which form the checklist is wanted, and of which area."""

    area_code: AreaCode | None = None
    format: Literal["html", "pdf", "xlsx"] = "html"


class InspectionOut(BaseModel):
    """An inspection, with what it was drawn from."""

    id: str
    area_code: str
    period: str
    seed: str
    households: int = Field(description="drawn of each kind in each township, all where there are fewer")
    frame: list[dict[str, Any]] = Field(description="how many there were, by township and kind; of the caller's areas")
    frame_digest: str = Field(description="SHA-256 of all that could be drawn: same list and seed, same households")
    due_on: date
    note: str
    drawn_by: str
    drawn_at: datetime
    drawn: dict[Stratum, int] = Field(description="households of the caller's areas by kind")
    open: int = Field(description="of them without a result")


class InspectionPage(BaseModel):
    """A page of inspections, the newest first."""

    items: list[InspectionOut]
    total: int
    next_cursor: str | None = None


class InspectionTaskOut(BaseModel):
    """A household that was drawn, and what was found."""

    id: str
    inspection_id: str
    household_id: str
    area_code: str
    stratum: Stratum
    responsible: str | None = Field(description="staff:<id>; null: whoever takes the duty in hand")
    due_on: date
    state: Literal["open", "done", "cancelled"]
    is_overdue: bool
    visited_on: date | None
    finding: Finding | None
    note: str | None
    closed_by: str | None
    duty_id: str


class InspectionTaskRow(InspectionTaskOut, Titled):
    """The same, with what people recognise it by."""


class InspectionTasks(BaseModel):
    """A page of households, as this service knows them."""

    items: Sequence[InspectionTaskOut]
    total: int
    next_cursor: str | None = None


class InspectionTaskPage(InspectionTasks, SaysTitles):
    """A page of the households that were drawn, in the order of townships, kinds and lots."""

    items: list[InspectionTaskRow]


class InspectionTaskShown(InspectionTaskOut, Titled, SaysTitles):
    """A household that was drawn, by itself."""
