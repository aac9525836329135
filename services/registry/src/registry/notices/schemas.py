"""What the API takes and gives about notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.money import Money
from registry.notices.kinds import NoticeKind
from registry.text import line_text, note_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

State = Literal["posted", "over", "withdrawn"]


class EntryIn(Body):
    """A row about funds or a project: never about a person."""

    title: Annotated[str, line_text(200, 2), words(2)]
    amount: Money
    unit: Annotated[str, line_text(200, 2), words(2)]


class NoticeIn(Body):
    """A notice to be posted."""

    model_config = examples(
        {
            "kind": "identification",
            "area_code": "990101101201",
            "episode_ids": ["0199a5c0-0000-7000-8000-00000000e001"],
            "first_on": "2026-11-20",
            "last_on": "2026-11-26",
            "issuer": "青石村村民委员会",
            "contact": "镇乡村振兴办,电话 0990-1234567",
        }
    )

    kind: NoticeKind
    area_code: str = Field(pattern=r"^\d{12}$", description="village, township or county where it is posted")
    first_on: date
    last_on: date
    issuer: Annotated[str, line_text(100, 2), words(2)] = Field(description="落款: who posts it")
    contact: Annotated[str, line_text(200)] | None = Field(
        default=None, description="where objections go: an office with its telephone, printed as it stands"
    )
    episode_ids: Annotated[list[UUID], Field(max_length=500)] = []
    entries: Annotated[list[EntryIn], Field(max_length=500)] = Field(
        default=[], description="rows of a notice of funds or projects"
    )


class NoticeWithdrawal(Body):
    """Why a notice is taken down."""

    model_config = examples({"reason": "名单有误,重新公示"})

    reason: Annotated[str, note_text(500), words(2)]


class NoticeOut(BaseModel):
    """A notice; names are masked here and stand in the printed page alone."""

    id: str
    kind: NoticeKind
    title: str
    area_code: str
    area_name: str
    first_on: date
    last_on: date
    issuer: str
    contact: str | None
    state: State
    columns: list[str]
    rows: list[dict[str, Any]]
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_why: str | None


class PrintOut(BaseModel):
    """Who was given the page, with its names."""

    form: str
    printed_at: datetime
    printed_by: str


class NoticeDetail(NoticeOut):
    """A notice, and who was given its page."""

    prints: list[PrintOut]


class NoticeQuery(PageQuery):
    """Which notices a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="this area and what lies in it")
    kind: NoticeKind | None = None
    state: State | None = None


class NoticePage(BaseModel):
    """A page of notices, newest first."""

    items: list[NoticeOut]
    next_cursor: str | None = None
