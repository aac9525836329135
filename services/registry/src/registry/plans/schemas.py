"""What the API takes and gives about plans and measures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from contracts.money import Money
from contracts.vocabulary import Department, RiskType
from registry.plans.rules import MeasureCategory, MeasureObstacle, MeasureState
from registry.text import note_text, words
from servicekit.body import Body, examples
from servicekit.persons import NAMED_FORM, one_form

Staff = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NAMED_FORM), AfterValidator(one_form)]
Text = Annotated[str, note_text(500, 1)]


class Need(Body):
    """One entry of the needs list (需求清单)."""

    description: Text
    risk_type: RiskType | None = None


class Task(Body):
    """One entry of the task list (任务清单)."""

    title: Text
    category: MeasureCategory | None = None
    risk_types: list[RiskType] = []
    department: Department
    person: Staff = Field(description="staff id of who is responsible")
    due_on: date


class PlanIn(Body):
    """A household's plan (一户一策)."""

    model_config = examples(
        {
            "needs": [{"description": "住院自付费用高", "risk_type": "01"}],
            "tasks": [
                {
                    "title": "申请医疗救助",
                    "category": "M07",
                    "risk_types": ["01"],
                    "department": "MED",
                    "person": "med-003",
                    "due_on": "2026-12-01",
                },
                {
                    "title": "介绍帮扶车间就业",
                    "category": "M02",
                    "department": "HRS",
                    "person": "hrs-011",
                    "due_on": "2026-12-15",
                },
            ],
            "helper": "helper-021",
        }
    )

    needs: Annotated[list[Need], Field(min_length=1, max_length=50)]
    tasks: Annotated[list[Task], Field(min_length=1, max_length=50)]
    helper: Staff = Field(description="帮扶责任人: staff id of somebody with a term as HELPER that covers the village")
    is_willing: bool = Field(default=True, description="有无发展意愿")


class WarningOut(BaseModel):
    """Something that should be added to the plan."""

    code: str
    message: str


class PlanOut(BaseModel):
    """The plan that holds."""

    episode_id: str
    household_id: str
    version: int
    needs: list[Need]
    tasks: list[Task]
    helper: str
    is_willing: bool
    made_on: date
    due_on: date | None = Field(description="by when it had to be made")
    is_late: bool
    warnings: list[WarningOut]


class MeasureIn(Body):
    """A measure to be taken for a household."""

    model_config = examples(
        {
            "category": "M07",
            "item": "医疗救助",
            "risk_types": ["01"],
            "responsible_department": "MED",
            "responsible_person": "med-003",
            "planned_on": "2026-11-20",
        }
    )

    category: MeasureCategory
    item: Text
    risk_types: Annotated[list[RiskType], Field(min_length=1, max_length=5, description="that it answers")]
    responsible_department: Department
    responsible_person: Staff
    planned_on: date
    person_id: UUID | None = None
    amount: Money | None = None


class MeasurePatch(Body):
    """How a measure goes on."""

    model_config = examples({"state": "implemented", "implemented_on": "2026-11-25", "evidence": "MED-2026-118"})

    state: MeasureState
    implemented_on: date | None = None
    amount: Money | None = None
    evidence: Annotated[str, note_text(500), words(2)] | None = None
    obstacle: MeasureObstacle | None = Field(default=None, description="why it cannot be done: stopped, not_suitable")
    note: Annotated[str, note_text(500), words(2)] | None = Field(
        default=None, description="what happened: needed with an obstacle, and where it was not implemented after all"
    )


class MeasureOut(BaseModel):
    """A measure as it stands."""

    id: str
    episode_id: str
    household_id: str
    person_id: str | None
    category: MeasureCategory
    is_development: bool
    item: str
    risk_types: list[RiskType]
    responsible_department: Department
    responsible_person: str
    planned_on: date
    state: MeasureState
    implemented_on: date | None
    amount: Decimal | None
    evidence: str | None
    obstacle: MeasureObstacle | None = Field(description="why it cannot be done: the township plans something else")
    note: str | None
    version: int
    updated_at: datetime


class MeasuresOut(BaseModel):
    """The measures of an episode, in the order they were planned."""

    items: list[MeasureOut]
