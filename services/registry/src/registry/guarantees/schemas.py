"""What the API takes and gives about the four statuses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.parameters import Words
from contracts.vocabulary import Department, Guarantee
from registry.text import note_text
from servicekit.body import Body, examples


class StatusIn(Body):
    """One status as it was found."""

    is_safe: bool
    checked_on: date = Field(description="when it was looked at; an earlier check never replaces a later one")
    note: Annotated[str, note_text(500)] | None = None


class StatusesIn(Body):
    """The statuses that were checked; those that are absent stay as they are."""

    model_config = examples({"statuses": {"housing": {"is_safe": True, "checked_on": "2026-11-11"}}})

    statuses: Annotated[dict[Guarantee, StatusIn], Field(min_length=1)]


class StatusOut(BaseModel):
    """One version of a status."""

    kind: Guarantee
    version: int
    is_safe: bool
    checked_on: date = Field(description="when it was looked at, or the day that the department's data tell of")
    note: str | None = None
    source: str = Field(default="visit", description="`visit`，或部门数据集 / `visit`, or the dataset of a department")
    department: Department | None = Field(default=None, description="whose data say so; null: a visit")
    detail: Words | None = Field(default=None, description="部门数据怎么说 / what the department's data say")
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None
    withdrawn_at: datetime | None = Field(
        default=None, description="when the department took it back; null: it did not"
    )


class CurrentStatus(StatusOut):
    """The value of a status that counts: of all sources the one of the newest day."""

    contradicts: list[StatusOut] = Field(
        description="与其不一致的其他来源 / what other sources say otherwise and let stand"
    )


class StatusesOut(BaseModel):
    """The current statuses, and every version that was."""

    current: dict[Guarantee, CurrentStatus]
    history: list[StatusOut]
