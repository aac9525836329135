"""The table of consultations. A record is never changed: what is wrong is taken back, and recorded anew."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Column, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Consultation(Base, table=True):
    """What departments decided together.

    Attributes:
        persons: Who took part, as `staff:<id>`.
        clue_ids: The clues that were judged; none of a consultation about a topic.
        decisions: What is to be done, by whom, by when.
    """

    __tablename__ = "consultation"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    topic: str
    held_on: date
    departments: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    persons: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    clue_ids: list[str] = Field(sa_column=Column(ARRAY(Uuid(as_uuid=False)), nullable=False))
    opinion: str
    decisions: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_by: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    withdrawn_because: str | None = None
