"""The table of corrections."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class Correction(Base, table=True):
    """What a department is asked to correct. Household, person and area are the finding's, wherever they are now.

    Attributes:
        field: The column that is contested; `None`: the row as a whole, or that there is one or none.
        proposed: What the asker found instead.
        reason, note: Why the department lets its data stand, or what it says to their correction.
        closed_by: Who answered or withdrew; `None` while it is open, and where it closed by itself.
    """

    __tablename__ = "correction"

    id: str = Field(primary_key=True)
    finding_id: UUID
    dataset: str
    department: str
    field: str | None
    why: str
    proposed: str | None
    state: str
    reason: str | None
    note: str | None
    due_on: date
    asked_by: str
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    closed_by: str | None
    closed_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    version: int
