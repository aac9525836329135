"""What the API gives about conflicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from contracts.vocabulary import Labelled
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled


class ConflictSubject(Labelled):
    """What a conflict is about (冲突对象)."""

    HOUSEHOLD = "household", "户信息变更", "a change of a household"
    EPISODE = "episode", "监测环节", "a step of an episode, or a measure"
    CHANGE_REQUEST = "change_request", "户变更申请", "a change request: its approval, or another one"


class ConflictOut(BaseModel):
    """Something that was to be decided and was not: another decision came first, or another request contradicts it."""

    id: str
    subject: ConflictSubject
    subject_id: str
    link: str = Field(description="where it is decided anew, or settled")
    household_id: str
    hh_no: str
    area_code: str
    decision: dict[str, Any] = Field(description="what was to be decided; of a person's data the names of fields only")
    seen_etag: str | None = Field(description="version that it was made on")
    current_etag: str | None = Field(description="version that came first")
    first_by: str | None = Field(description="who made that version of the household; null where it is no household's")
    code: str = Field(description="why it has no effect")
    at: datetime
    by: str = Field(description="whose decision it is: staff:<id> of a person, else the client")
    is_mine: bool = Field(description="whether it is the caller's own")


class ConflictRow(ConflictOut, Titled):
    """A conflict, with what people recognise its household by."""


class ConflictPage(SaysTitles):
    """A page of conflicts, the newest first."""

    items: list[ConflictRow]
    total: int = Field(description="of all pages")
    next_cursor: str | None = None


class ConflictQuery(PageQuery):
    """Which conflicts a list shows, the newest first; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    grid: str | None = Field(default=None, min_length=1, max_length=64, description="of the household")
    subject: ConflictSubject | None = None
    mine: bool | None = Field(default=None, description="whether the caller's own decisions, or those of others")
