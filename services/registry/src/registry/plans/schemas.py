"""What the API takes and gives about plans and measures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from contracts.money import Money
from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department, RiskType
from registry.given import AidOut
from registry.plans.packages import Package
from registry.plans.rules import GoesOn, MeasureState, Obstacle, TaskState
from registry.text import Sha256, note_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.persons import NAMED_FORM, one_form
from servicekit.titles import SaysTitles, Titled

Staff = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NAMED_FORM), AfterValidator(one_form)]
Text = Annotated[str, note_text(500, 1)]


class NeedSaid(Body):
    """One entry of the needs list (需求清单), as it was recorded: early ones name no risk."""

    description: Text
    risk_type: RiskType | None = Field(description="the risk of the household that it comes from")
    person_id: UUID | None = Field(default=None, description="the member whose need it is; null: the household's")


class Need(NeedSaid):
    """One entry of the needs list, as a plan is sent."""

    risk_type: RiskType = Field(description="the risk of the household that it comes from")


class TaskSaid(Body):
    """What an entry of the task list (任务清单) says."""

    title: Text
    category: MeasureCategory | None = None
    risk_types: list[RiskType] = []
    department: Department
    person: Staff = Field(description="staff id of who is responsible")
    person_id: UUID | None = Field(default=None, description="the member whom it is for; null: the household")
    due_on: date


class Task(TaskSaid):
    """One entry of the task list, as a plan is sent."""

    id: UUID | None = Field(default=None, description="of a task of the plan that holds, which stays; null: a new one")


class TaskOut(TaskSaid):
    """One entry of the task list, and what became of it."""

    id: str
    state: TaskState


class Uncovered(Body):
    """A risk that no task and no measure answers, and why not."""

    risk_type: RiskType
    reason: Annotated[str, note_text(500), words(2)]


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
        },
        {
            "needs": [{"description": "住院自付费用高", "risk_type": "01"}],
            "tasks": [
                {
                    "id": "0199a5c0-0000-7000-8000-00000000b002",
                    "title": "介绍公益岗位",
                    "category": "M04",
                    "department": "HRS",
                    "person": "hrs-011",
                    "due_on": "2026-12-31",
                }
            ],
            "helper": "helper-021",
        },
    )

    needs: Annotated[list[Need], Field(min_length=1, max_length=50)]
    tasks: Annotated[list[Task], Field(min_length=1, max_length=50, description="those left out are cancelled")]
    helper: Staff = Field(description="帮扶责任人: staff id of somebody with a term as HELPER that covers the village")
    is_willing: bool = Field(default=True, description="有无发展意愿")
    uncovered: Annotated[list[Uncovered], Field(max_length=10)] = Field(
        default=[], description="risks for which nothing is planned, each with its reason; every other one has a task"
    )


class WarningOut(BaseModel):
    """Something that should be added to the plan."""

    code: str
    message: str


class PlanOut(BaseModel):
    """The plan that holds."""

    episode_id: str
    household_id: str
    version: int
    needs: list[NeedSaid]
    tasks: list[TaskOut]
    helper: str
    is_willing: bool
    uncovered: list[Uncovered]
    made_on: date
    due_on: date | None = Field(description="by when it had to be made")
    is_late: bool
    warnings: list[WarningOut]


class DraftTask(TaskSaid):
    """A task that a package proposes."""

    person: Staff | None = Field(description="the department's liaison, where it has one today")  # type: ignore[assignment]


class PlanDraft(BaseModel):
    """What a plan may begin with (帮扶套餐): the body of a plan as far as packages tell."""

    episode_id: str
    needs: list[Need]
    tasks: list[DraftTask]
    helper: Staff | None = Field(description="who helps the household today")
    without_package: list[RiskType] = Field(description="risks that no package answers")


class PackagesOut(BaseModel):
    """The packages of measures by risk and labour class."""

    items: list[Package]


class PlanTaskQuery(PageQuery):
    """Which tasks a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="this area and what lies in it")
    department: Department | None = None
    state: TaskState | None = None
    overdue: bool | None = Field(default=None, description="to be done still, its day past, the household monitored")


class PlanTaskOut(BaseModel):
    """A task of a household's plan."""

    id: str
    episode_id: str
    household_id: str
    hh_no: str
    area_code: str
    task_title: str
    category: MeasureCategory | None
    risk_types: list[RiskType]
    department: Department
    person: str = Field(description="who is responsible")
    person_id: UUID | None = Field(description="the member whom it is for")
    due_on: date
    state: TaskState
    is_overdue: bool
    done_on: date | None
    evidence: str | None
    obstacle: Obstacle | None = Field(description="why it cannot be done: the township plans something else")
    note: str | None
    version: int
    updated_at: datetime


class PlanTaskRow(PlanTaskOut, Titled):
    """A task in a list, with what people recognise its household by."""


class PlanTaskPage(SaysTitles):
    """A page of tasks, in the order they were planned."""

    items: list[PlanTaskRow]
    next_cursor: str | None = None


class PlanTaskStepOut(BaseModel):
    """A change of a task: by a revision of the plan, or its result."""

    version: int
    state: TaskState
    changes: dict[str, Any]
    by: str = Field(description="staff:<id> of a person, else the client")
    at: datetime


class PlanTaskDetail(PlanTaskOut):
    """A task with everything that became of it."""

    steps: list[PlanTaskStepOut]


class PlanTaskShown(PlanTaskDetail, Titled, SaysTitles):
    """A task with all of that, and what people recognise its household by."""


class PlanTaskPatch(Body):
    """What became of a task."""

    model_config = examples({"state": "done", "done_on": "2026-11-25", "evidence": "MED-2026-118"})

    state: Literal[TaskState.OPEN, TaskState.DONE, TaskState.CANNOT]
    done_on: date | None = None
    evidence: Annotated[str, note_text(500), words(2)] | None = Field(
        default=None, description="what shows that it is done: number of a document, or of the measure"
    )
    obstacle: Obstacle | None = Field(default=None, description="why it cannot be done")
    note: Annotated[str, note_text(500), words(2)] | None = Field(
        default=None, description="what happened: needed with an obstacle, and where a result is taken back"
    )


_UNTIL = "延续期限 / until when it goes on, after elimination too: end of a contract, of a stage of schooling"


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
    continues_until: date | None = Field(default=None, description=_UNTIL)


class MeasurePatch(Body):
    """How a measure goes on."""

    model_config = examples({"state": "implemented", "implemented_on": "2026-11-25", "evidence": "MED-2026-118"})

    state: MeasureState
    implemented_on: date | None = None
    amount: Money | None = None
    continues_until: date | None = Field(default=None, description=_UNTIL)
    evidence: Annotated[str, note_text(500), words(2)] | None = None
    attachments: list[Sha256] = Field(
        default=[], max_length=20, description="photos and scans that show it, by hash: kept for the household before"
    )
    obstacle: Obstacle | None = Field(default=None, description="why it cannot be done: stopped, not_suitable")
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
    entry_lag_days: int | None = Field(description="days from the day it was implemented until that was entered")
    amount: Decimal | None
    evidence: str | None
    attachments: list[str] = Field(description="photos and scans that show it, by hash")
    continues_until: date | None = Field(description=_UNTIL)
    obstacle: Obstacle | None = Field(description="why it cannot be done: the township plans something else")
    note: str | None
    version: int
    updated_at: datetime


class ContinuingOut(MeasureOut):
    """A measure that goes on although the risk is eliminated."""

    eliminated_on: date
    goes_on: GoesOn = Field(description="why it goes on, and until when in words")
    is_running: bool = Field(description="its day is still to come, or nobody has said one")


class ContinuingsOut(BaseModel):
    """The measures of a household that go on after elimination: the nearest day first, those without one last."""

    items: list[ContinuingOut]


class MeasuresOut(BaseModel):
    """The measures of an episode, in the order they were planned."""

    items: list[MeasureOut]
    of_departments: list[AidOut] = Field(
        default=[],
        description="部门数据中的帮扶，不必重复录入 / what departments' lists say that the household was given since it"
        " was identified, or without a day: nobody enters it again; what the plan promises is counted by `items` alone",
    )
