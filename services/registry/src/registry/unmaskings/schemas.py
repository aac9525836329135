"""What the API takes and gives about unmasking in bulk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.vocabulary import PurposeCode
from registry.text import line_text, note_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

UnmaskingState = Literal["open", "confirmed", "refused", "withdrawn", "expired"]
Shown = Literal["name", "id_no", "phone", "address"]
Whom = Literal["heads", "members"]
_Ids = Annotated[list[UUID], Field(max_length=10_000)]


class UnmaskingIn(Body):
    """Whom to see in full, what of them, and why. One of `household_ids`, `person_ids`, `area_code` is given."""

    model_config = examples(
        {
            "area_code": "990101101201",
            "monitored": True,
            "fields": ["name", "phone"],
            "purpose_code": "assistance",
            "legal_basis": "防汛转移工作方案",
            "reason": "汛期逐户电话通知监测户",
        }
    )

    household_ids: _Ids = Field(default=[], description="households, by id")
    person_ids: _Ids = Field(default=[], description="persons, by id")
    area_code: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="all households of a subtree")
    monitored: bool | None = Field(default=None, description="of an area: monitored households only, or the others")
    whom: Whom = Field(default="heads", description="of households: their heads, or all members")
    fields: Annotated[list[Shown], Field(min_length=1, max_length=4)] = Field(description="what is to be seen of them")
    purpose_code: PurposeCode
    case_id: UUID | None = Field(default=None, description="a clue or an episode of one of the households")
    legal_basis: Annotated[str, line_text(200, 2), words(2)] | None = Field(
        default=None, description="依据 / document or law on which they are seen, where there is no case"
    )
    reason: Annotated[str, note_text(500, 2), words(2)]


class UnmaskingOut(BaseModel):
    """A request, without whom it is about: that is for who asked to read."""

    id: str
    state: UnmaskingState
    area_code: str = Field(description="smallest area that holds all of them")
    persons: int = Field(description="how many it is about; they are fixed when it is asked")
    fields: list[Shown]
    purpose_code: PurposeCode
    case_id: str | None
    legal_basis: str | None
    reason: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime = Field(description="until when it waits for a second person, or may be read")
    confirmed_by: str | None
    confirmed_at: datetime | None
    ended_by: str | None = Field(description="who refused it or took it back")
    ended_at: datetime | None
    note: str | None = Field(description="what was said to it last")


class UnmaskingQuery(PageQuery):
    """Which requests a list shows, the newest first; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    state: UnmaskingState | None = None


class UnmaskingPage(BaseModel):
    """A page of requests."""

    items: list[UnmaskingOut]
    next_cursor: str | None = None


class UnmaskingDecision(Body):
    """What a second person says to a request; its requester takes it back with `agrees: false`."""

    model_config = examples({"agrees": True, "note": "与工作方案核对一致"})

    agrees: bool
    note: Annotated[str, note_text(500, 2), words(2)]


class UnmaskedQuery(PageQuery):
    """Which persons of a confirmed request are read."""

    limit: int = Field(default=50, ge=1, le=200, description="persons a page; csv has all that follow the cursor")
    format: Literal["json", "csv"] = "json"


class UnmaskedRow(BaseModel):
    """A person of a confirmed request; what was not asked for is null."""

    person_id: str
    household_id: str
    hh_no: str
    area_code: str
    name: str | None = None
    id_no: str | None = None
    phone: str | None = None
    address: str | None = None


class UnmaskedPage(BaseModel):
    """A page of the persons of a confirmed request; each of them is recorded as seen."""

    items: list[UnmaskedRow]
    left_out: int = Field(description="persons of this page that are no longer the reader's to see: moved, or gone")
    next_cursor: str | None = None
