"""Duties and what their assignees said on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Computed, ForeignKey, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base, changed_in


class Duty(Base, table=True):
    """A duty as its owner says, and how far the clock and its assignee have come with it.

    Attributes:
        revision: Of its owner; the greatest one holds.
        is_paused: A pause lasts: the clock passes it over.
        step: Steps of its kind's ladder that the clock has done.
        next_on: Day of the next one; null when there is none left.
        escalated_to: The level that it went to last.
        version: Counts what its owner and its assignees have done to it, and not what its clock does.
        holder: Who has it in hand: `staff:<id>` of a person, else the client.
    """

    id: str = Field(primary_key=True)
    revision: int
    kind: str
    subject_id: str
    household_id: str | None = None
    area_code: str
    town_code: str = Field(sa_column=Column(Text, Computed("left(area_code, 9) || '000'"), nullable=False))
    department: str | None = None
    counts_from: date
    due_on: date
    unit: str
    is_estimate: bool
    pauses: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    is_paused: bool = False
    state: str
    closed_on: date | None = None
    person_id: str | None = None
    step: int
    next_on: date | None = None
    escalated_to: str | None = None
    holder: str | None = None
    accepted_at: datetime | None = None
    version: int = 1
    opened_at: datetime
    updated_at: datetime
    changed_in: int = changed_in()


class DutyNote(Base, table=True):
    """What an assignee said: taken in hand, handed over, or a note; never changed."""

    __tablename__ = "duty_note"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    duty_id: str = Field(sa_column=Column(Text, ForeignKey("duty.id"), nullable=False))
    kind: str
    by: str
    to: str | None = None
    text: str | None = None
    at: datetime
