"""Tables of data quality. An error is closed when its facts are mended, and stays as history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class QualityError(Base, table=True):
    """What a rule found, about a member, a household or its episode.

    Attributes:
        subject_id: The member, household or episode.
        evidence: The facts that the rule looked at, as they are while the error is open, as they were when it closed.
        accepted_at: When somebody said that it is true as it is; until its facts change.
    """

    __tablename__ = "quality_error"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    scope: str
    subject_id: UUID
    rule: str
    evidence: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    accepted_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    accepted_by: str | None = None
    accepted_reason: str | None = None


class QualityRun(Base, table=True):
    """A look at every household of an area: of a night, or because somebody asked.

    Attributes:
        households: How many there were when it began.
        after_village, after_id: The household that it has come to.
    """

    __tablename__ = "quality_run"

    id: UUID = Field(primary_key=True)
    area_code: str
    night_of: date | None = None
    asked_by: str | None = None
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    households: int | None = None
    checked: int = 0
    opened: int = 0
    closed: int = 0
    after_village: str = ""
    after_id: UUID = UUID(int=0)
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class QualityPlace(Base, table=True):
    """Up to which change of a household the rules have followed (`servicekit.changes`); one row."""

    __tablename__ = "quality_place"

    is_only: bool = Field(default=True, primary_key=True)
    changed_since: str | None = None
