"""Wire models of the purpose ledger."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from contracts.vocabulary import Department, FieldClass
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from sharing.products.service import Mode

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
RecallState = Literal["open", "acknowledged"]


class LedgerQuery(PageQuery):
    """Whose entries."""

    person_id: str = Field(max_length=64, description="人员 id / id of the person on the register, no ID number")


class ReceiptQuery(PageQuery):
    """Which receipts a list shows; null means any."""

    agreement_id: str | None = Field(default=None, max_length=64)
    recall: RecallState | None = Field(default=None, description="open: 已召回待确认 / called back, not confirmed yet")


class RecallIn(Body):
    """Why it is called back, and whose entries."""

    model_config = examples({"why": "低保类别有误,请删除后重新领取", "person_ids": None})

    why: _Text
    person_ids: list[_Id] | None = Field(default=None, min_length=1, max_length=1000, description="null: all of it")


class AcknowledgeIn(Body):
    """What the receiver did."""

    note: _Text = Field(examples=["已删除并重新领取"])


class RecallOut(BaseModel):
    """A recall."""

    state: RecallState
    why: str
    person_ids: list[str] | None = Field(description="null: all of it")
    recalled_by: str
    recalled_at: AwareDatetime
    acknowledged_by: str | None
    acknowledged_at: AwareDatetime | None
    note: str | None


class ReleasedField(BaseModel):
    """A field that left."""

    name: str
    label: str | None = Field(description="null where the product no longer declares it")
    field_class: FieldClass | None


class ReceiptOut(BaseModel):
    """What left at once: one answer, page or file."""

    id: str
    agreement_id: str
    terms: int = Field(description="协议版本 / number of the terms it left under")
    product: str
    product_label: str | None
    mode: Mode
    provider: Department
    receiver: Department
    client_id: str
    actor: str
    purpose: str
    legal_basis: str
    fields: list[ReleasedField] = Field(description="empty: a yes or a no")
    area_codes: list[str]
    as_of: date
    rows: int
    sha256: str | None = Field(description="of the file; null of what was answered at once")
    at: AwareDatetime
    recall: RecallOut | None


class ReceiptPage(BaseModel):
    """A page of receipts, the newest first."""

    items: list[ReceiptOut]
    next_cursor: str | None = None


class LedgerEntry(ReceiptOut):
    """Who received what about one person, when and what for."""

    household_id: str = Field(description="whose member the person was then")


class LedgerPage(BaseModel):
    """A page of entries of one person, the newest first."""

    items: list[LedgerEntry]
    total: int
    next_cursor: str | None = None
