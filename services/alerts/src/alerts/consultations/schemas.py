"""Consultations on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.persons import PERSON_FORM

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=4000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]
PersonName = Annotated[str, StringConstraints(pattern=PERSON_FORM, to_lower=True)]
RecordId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_CLUE = "0198c0de-0000-7000-8000-000000000001"


class JointDecision(Body):
    """What is to be done, by which department (the township where none is named), by when."""

    what: Line
    department: Department | None = None
    due_on: date | None = None


class ConsultationIn(Body):
    """What departments decided together."""

    model_config = examples(
        {
            "area_code": "990101000000",
            "topic": "大额医疗支出户联合研判",
            "held_on": "2026-11-10",
            "departments": ["MED", "CIV"],
            "persons": [],
            "clue_ids": [_CLUE],
            "opinion": "医保报销后自付仍超过年收入一半,符合突发严重困难情形,建议乡镇启动识别认定",
            "decisions": [{"what": "先行落实临时救助", "department": "CIV", "due_on": "2026-11-20"}],
        }
    )

    area_code: AreaCode
    topic: Line
    held_on: date
    departments: Annotated[list[Department], Field(min_length=1, max_length=30)]
    persons: Annotated[list[PersonName], Field(max_length=50, description="staff:<id>, who took part")] = []
    clue_ids: Annotated[list[RecordId], Field(max_length=200, description="线索 / the clues that were judged")] = []
    opinion: Text = Field(description="研判意见 / what they found; name nobody: households are named by their clues")
    decisions: Annotated[list[JointDecision], Field(max_length=50)] = []


class WithdrawalIn(Body):
    """Why a record is taken back."""

    model_config = examples({"reason": "参会部门登记有误,重新登记"})

    reason: Line


class ConsultationOut(BaseModel):
    """A consultation."""

    id: str
    area_code: str
    area_names: list[str] = Field(description="county, township, village, as far as known")
    topic: str
    held_on: date
    departments: list[Department]
    persons: list[str]
    clue_ids: list[str]
    opinion: str
    decisions: list[JointDecision]
    recorded_by: str
    recorded_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None


class ConsultationQuery(PageQuery):
    """Which consultations a list shows; those that stand unless `withdrawn` is asked for."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    clue_id: RecordId | None = None
    department: Department | None = None
    withdrawn: bool = False


class ConsultationPage(BaseModel):
    """A page of consultations, the newest first."""

    items: list[ConsultationOut]
    total: int
    next_cursor: str | None = None
