"""What the API takes and gives about reconciliations. Sealed values are masked; that they differ is told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from registry.text import line_text
from servicekit.body import Body
from servicekit.page_query import PageQuery

Kind = Literal["field", "only_in_export", "only_in_register", "elsewhere", "ambiguous"]
Subject = Literal["household", "person", "income"]
State = Literal["open", "accepted", "ignored", "gone"]


class ReconciliationOut(BaseModel):
    """An export that was compared with the register; the counts are of the caller's areas."""

    id: str
    made_at: datetime
    made_by: str
    households: int = Field(description="households of the export that were compared")
    persons: int
    not_compared: int = Field(description="households of the export that were refused; see the import's rejects")
    expires_on: date = Field(description="day on which sealed values are deleted: accept them before")
    open: int
    accepted: int
    ignored: int
    gone: int


class ReconciliationPage(BaseModel):
    """Reconciliations, the newest first."""

    items: list[ReconciliationOut]
    next_cursor: str | None = None
    total: int = Field(description="reconciliations that are the caller's")


class FieldCount(BaseModel):
    """How many differences there are in a field, or of a kind."""

    kind: Kind
    subject: Subject
    field: str
    title: str = Field(description="字段名称 / title of the field")
    open: int
    accepted: int
    ignored: int
    gone: int


class VillageCount(BaseModel):
    """How many differences there are in a village."""

    area_code: str
    path: list[str] = Field(description="names of county, township and village")
    open: int
    accepted: int
    ignored: int
    gone: int


class ReconciliationDetail(ReconciliationOut):
    """A reconciliation with its differences by field and by village."""

    fields: list[FieldCount]
    villages: list[VillageCount]


class DifferenceOut(BaseModel):
    """One thing in which register and export differ, as a person recognises it."""

    id: str
    revision: int = Field(description="give it back with the decision: another value is another difference")
    kind: Kind
    subject: Subject
    field: str = Field(description="name of the declared field; empty unless `kind` is field")
    title: str = Field(description="字段名称 / title of the field")
    year: int | None = Field(description="of an income")
    area_code: str
    path: list[str] = Field(description="names of county, township and village")
    household_id: str | None
    hh_no: str
    head: str | None = Field(description="masked name of the head", examples=["张**"])
    person_id: str | None
    person_no: str | None
    who: str | None = Field(description="masked name of the person", examples=["李**"])
    line: int | None = Field(description="line of the export")
    is_sealed: bool = Field(description="the two differ, though their masks may be alike")
    registered: Any = Field(description="登记值 / value of the register, masked where it is sealed")
    exported: Any = Field(description="国家系统值 / value of the export, masked where it is sealed")
    can_accept: bool = Field(description="whether the export's value can be taken; other differences have other steps")
    state: State
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


class DifferencePage(BaseModel):
    """Differences by village and household."""

    items: list[DifferenceOut]
    next_cursor: str | None = None
    total: int = Field(description="differences that the filters leave")


class DifferenceQuery(PageQuery):
    """Which differences a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    field: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$", description="name of the declared field")
    kind: Kind | None = None
    state: State | None = None


class DecisionIn(Body):
    """What becomes of one difference."""

    id: UUID
    revision: int = Field(ge=1, description="of the difference as it was read")
    decision: Literal["accept", "ignore"]
    reason: Annotated[str, line_text(200, 2)] | None = Field(default=None, description="忽略理由 / why it is ignored")

    @model_validator(mode="after")
    def _ignoring_has_a_reason(self) -> DecisionIn:
        if (self.decision == "ignore") != (self.reason is not None):
            raise ValueError("a reason belongs to ignoring, and only to it")
        return self


class DecisionsIn(Body):
    """Decisions; those to accept of one household are carried out together or not at all."""

    items: Annotated[list[DecisionIn], Field(min_length=1, max_length=200)]


class DecisionOut(BaseModel):
    """What became of one decision."""

    id: str
    state: State | Literal["refused"]
    problem: dict[str, Any] | None = Field(default=None, description="why it was refused, as a problem document")


class DecisionsOut(BaseModel):
    """One answer a decision, in their order."""

    items: list[DecisionOut]
