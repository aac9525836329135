"""Table of change requests; what was asked for stays, whatever became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class ChangeRequest(Base, table=True):
    """What somebody asks to be changed about a household.

    Attributes:
        evidence: Hashes of attachments of the household.
        sealed: What is asked for, and what stood then where it touches the household; `shown` is what is asked for,
            masked.
        touches, rests_on: Paths into the household that it changes, and that it takes to be as they are.
        seen_version: Version of the household that it was made on.
        level: Who decides; None where nobody had to.
        other_id: The household that was founded, joined or merged into.
        applied_version: Version of the household that it became.
    """

    __tablename__ = "change_request"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    kind: str
    state: str
    occurred_on: date
    reason: str
    evidence: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    sealed: str
    shown: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    touches: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    rests_on: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    seen_version: int
    level: str | None = None
    requested_by: str
    requested_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    due_on: date | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    note: str | None = None
    other_id: UUID | None = None
    applied_version: int | None = None
