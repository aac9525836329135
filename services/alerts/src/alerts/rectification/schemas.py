"""The rectification ledger on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.supervision import ProblemClass, ProblemSource, ProblemState
from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.persons import PERSON_FORM

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]
Evidence = Annotated[
    list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]],
    Field(max_length=30, description="佐证:文号、链接或附件的 SHA-256 / documents, links, hashes of attachments"),
]
_PROBLEM = {
    "area_code": "990101101000",
    "department": "AGR",
    "person": None,
    "source": "unannounced",
    "source_document": "县督查组 2026 年第 3 号暗访通报",
    "problem_class": "idle_project",
    "problem": "香菇大棚建成后闲置,未投入使用",
    "measure": "公开招租,年内恢复生产",
    "households": 12,
    "found_on": "2026-11-02",
    "due_on": "2026-12-31",
}


class ProblemIn(Body):
    """A problem that somebody found."""

    model_config = examples(_PROBLEM)

    area_code: AreaCode = Field(description="where it is; the township of it is responsible if no department is")
    department: Department | None = Field(default=None, description="the department that is responsible")
    person: Annotated[str, StringConstraints(pattern=PERSON_FORM, to_lower=True)] | None = Field(
        default=None, description="staff:<id>, who is responsible"
    )
    source: ProblemSource
    source_document: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)] = Field(
        description="文件名称和文号 / the document that says it"
    )
    problem_class: ProblemClass
    problem: Text
    measure: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = Field(
        default="", description="整改措施;开工时须写明 / what will be done; needed once somebody begins"
    )
    households: int | None = Field(default=None, ge=0, le=1_000_000, description="how many it concerns")
    found_on: date
    due_on: date
    recurs_of: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] | None = Field(
        default=None, description="the cleared problem that it is again; found by class and unit where none is named"
    )


class AmendIn(ProblemIn):
    """A problem as it should read, and why."""

    model_config = examples(_PROBLEM | {"note": "责任单位调整"})

    note: Text


class ProgressIn(Body):
    """How far the responsible unit is."""

    model_config = examples({"note": "已完成招租公告", "measure": "公开招租,年内恢复生产", "evidence": []})

    note: Text
    measure: Text | None = Field(default=None, description="what will be done, where it was not said or has changed")
    evidence: Evidence = []


class SubmissionIn(Body):
    """What shows that it is put right."""

    model_config = examples({"note": "大棚已出租并投产", "evidence": ["租赁合同 2026-17"]})

    note: Text
    evidence: Annotated[Evidence, Field(min_length=1)]


class DecisionIn(Body):
    """Whether it is cleared; what is returned may get another day."""

    model_config = examples({"agrees": True, "note": "现场核实,已投产"})

    agrees: bool
    note: Text
    due_on: date | None = Field(default=None, description="returned: by when it is to be put right now")


class LookBackIn(Body):
    """Whether what was cleared is still right."""

    model_config = examples({"result": "holds", "note": "大棚正常经营"})

    result: Literal["holds", "recurred"]
    note: Text
    evidence: Evidence = []
    due_on: date | None = Field(default=None, description="recurred: by when it is to be put right again")


class ReopenIn(Body):
    """Why it is to be put right again though it was cleared, and by when."""

    model_config = examples({"note": "销号依据有误", "due_on": "2027-01-31"})

    note: Text
    due_on: date


class ProblemFilter(Body):
    """Which problems a caller wants; all that it may see where nothing is said."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    department: Department | None = None
    source: ProblemSource | None = None
    problem_class: ProblemClass | None = None
    state: ProblemState | None = None
    overdue: bool | None = Field(default=None, description="not submitted, and past its day")
    recurring: bool | None = None


class ProblemQuery(PageQuery, ProblemFilter):
    """The same, and which page."""


class ProblemOut(BaseModel):
    """A problem of the ledger."""

    id: str
    area_code: str
    area_names: list[str] = Field(description="county, township, village, as far as known")
    department: Department | None
    person: str | None
    source: ProblemSource
    source_label: str
    source_document: str
    problem_class: ProblemClass
    class_label: str
    problem: str
    measure: str
    households: int | None
    found_on: date
    due_on: date
    state: ProblemState
    state_label: str
    is_overdue: bool = Field(description="not submitted, and past its day")
    is_recurring: bool = Field(
        description="是否反复 / the same class of the same unit had been cleared, or it came back"
    )
    recurs_of: str | None
    reopened: int
    submitted_on: date | None
    cleared_on: date | None
    cleared_by: str | None
    looked_back_on: date | None
    duty_id: str | None = Field(description="the duty that waits")
    registered_on: date
    version: int
    updated_at: datetime


class ProblemPage(BaseModel):
    """A page of problems, the newest first."""

    items: list[ProblemOut]
    total: int = Field(description="problems that the filters leave")
    next_cursor: str | None = None


class ProblemStepOut(BaseModel):
    """What somebody did with a problem, and how it stood then."""

    version: int
    action: str
    state: ProblemState
    due_on: date
    note: str
    evidence: list[str]
    by: str
    at: datetime


class ProblemDetail(ProblemOut):
    """A problem with all that became of it."""

    steps: list[ProblemStepOut]


class ProblemCount(BaseModel):
    """How many problems of a class, source and state an area has."""

    problem_class: ProblemClass
    source: ProblemSource
    state: ProblemState
    area_code: str
    area_name: str | None
    problems: int
    overdue: int
    recurring: int


class ProblemCounts(BaseModel):
    """Problems by class, source, state and area of the next level."""

    items: list[ProblemCount]
