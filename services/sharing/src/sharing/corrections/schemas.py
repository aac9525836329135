"""Wire models of corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled
from sharing.corrections.rules import Answer, Reason, State

_Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
_Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
_Value = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class CorrectionQuery(PageQuery):
    """Which corrections a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    department: Department | None = None
    dataset: str | None = Field(default=None, max_length=40)
    state: State | None = None
    household_id: str | None = Field(default=None, max_length=64)
    finding_id: UUID | None = None
    changed_since: AwareDatetime | None = Field(default=None, description="only those changed at or after this instant")


class CorrectionIn(Body):
    """What is wrong, and why."""

    model_config = examples(
        {
            "finding_id": "0198c0de-0000-7000-8000-000000000001",
            "dataset": "DS-MED-COST",
            "field": "self_paid_ytd",
            "why": "入户查看结算单,该户自付金额与报送不符",
            "proposed": "1200.00",
        }
    )

    finding_id: UUID = Field(description="有异议的比对结果 / the finding that is contested")
    dataset: str = Field(max_length=40, description="one that the finding's rule reads")
    field: str | None = Field(default=None, max_length=60, description="null: the row, or that there is one or none")
    why: _Why
    proposed: _Value | None = Field(default=None, description="核实到的值 / what is right instead; no ID number")


class AnswerIn(Body):
    """What the department says."""

    model_config = examples({"answer": "stands", "reason": "records_agree", "note": "经核对结算原始记录,与报送一致"})

    answer: Answer
    reason: Reason | None = Field(
        default=None,
        description="stands: 原始档案与报送一致 records_agree, 所述为其他时期 another_period,"
        " 所述为他人 another_person, 缺少更正依据 no_proof, 非本部门产生 not_ours",
    )
    note: _Note = Field(default="", description="stands: required")


class WithdrawIn(Body):
    """Why nothing needs to be corrected any more."""

    note: _Why = Field(examples=["经再次核实,报送数据无误"])


class CorrectionOut(BaseModel):
    """What a department is asked to correct, and what it said.

    The row stands in one of the `deliveries` of the department; whom it is about is in the register as `household_id`
    and `person_id`: who has the duty in hand sees name and ID number there.
    """

    id: str
    finding_id: UUID
    rule_id: str
    period: str
    dataset: str
    dataset_label: str
    department: Department = Field(description="the one that must answer")
    field: str | None
    field_label: str | None
    household_id: str
    person_id: str | None
    area_code: str
    deliveries: list[str] = Field(
        description="该数据集的来源批次 / deliveries of the dataset that the finding came from"
    )
    why: str
    proposed: str | None
    state: State
    state_label: str
    reason: Reason | None
    note: str | None
    due_on: date
    is_overdue: bool = Field(description="逾期未答复: open, and its day has passed")
    duty_id: str | None = Field(description="the department's duty, while it is open")
    asked_by: str
    asked_at: AwareDatetime
    closed_by: str | None = Field(description="null while it is open, and where newer data or the register closed it")
    closed_at: AwareDatetime | None
    changed_at: AwareDatetime
    version: int


class CorrectionListed(CorrectionOut, Titled):
    """A correction in a list, with what people recognise its household by."""


class CorrectionShown(CorrectionListed, SaysTitles):
    """A correction by itself."""


class CorrectionRows(BaseModel):
    """A page of corrections, as this service knows them."""

    items: Sequence[CorrectionOut]
    next_cursor: str | None = None


class CorrectionPage(CorrectionRows, SaysTitles):
    """A page of corrections, the newest first."""

    items: list[CorrectionListed]
