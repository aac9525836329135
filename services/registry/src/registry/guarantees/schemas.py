"""What the API takes and gives about the four statuses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.vocabulary import Guarantee
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
    checked_on: date
    note: str | None
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None


class StatusesOut(BaseModel):
    """The current statuses, and every version that was."""

    current: dict[Guarantee, StatusOut]
    history: list[StatusOut]
