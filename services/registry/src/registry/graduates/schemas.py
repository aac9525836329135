"""What the API takes and gives about graduates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.fields.person_codes import Education, WorkChannel, WorkPlace
from registry.planned import PlannedMeasure, PlanText
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled


class GraduatePlanIn(Body):
    """A graduate's plan (一人一策)."""

    model_config = examples(
        {
            "needs": ["希望在本省就业"],
            "measures": [{"category": "M02", "item": "推荐三次岗位", "due_on": "2026-12-31"}],
            "responsible": "0199a5c0-0000-7000-8000-0000000000b1",
        }
    )

    needs: Annotated[list[PlanText], Field(min_length=1, max_length=20)]
    measures: Annotated[list[PlannedMeasure], Field(min_length=1, max_length=20)]
    responsible: UUID = Field(
        description="who is responsible, by id on the roster: the household's helper, or somebody in office there"
    )


class GraduatePlanOut(BaseModel):
    """One revision of a graduate's plan."""

    person_id: str
    version: int
    needs: list[str]
    measures: list[PlannedMeasure]
    responsible: str
    made_on: date
    recorded_at: datetime
    recorded_by: str


class GraduateOut(BaseModel):
    """A graduate: where, what was studied, what work there is, and whether there is a plan."""

    person_id: str
    household_id: str
    hh_no: str
    area_code: str
    grid: str | None
    education: Education | None
    work_place: WorkPlace | None
    work_months: int | None
    work_channel: WorkChannel | None
    planned_on: date | None = Field(description="day of the revision that holds; null: no plan yet")


class GraduateRow(GraduateOut, Titled):
    """A graduate in a list, with what people recognise the household by."""


class GraduatePage(SaysTitles):
    """A page of graduates, by village."""

    items: list[GraduateRow]
    total: int = Field(description="graduates that the filters leave")
    next_cursor: str | None = None


class GraduateFile(GraduateOut):
    """A graduate's file (一人一档)."""

    plans: list[GraduatePlanOut] = Field(description="the revision that holds first")


class GraduateQuery(PageQuery):
    """Which graduates a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="this area and what lies in it")
    is_planned: bool | None = Field(default=None, description="false: those that have no plan yet")
