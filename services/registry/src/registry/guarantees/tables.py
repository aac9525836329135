"""Table of the four statuses: one row a version."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class GuaranteeStatus(Base, table=True):
    """One version of one status of a household."""

    __tablename__ = "guarantee_status"

    household_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    is_safe: bool
    checked_on: date
    note: str | None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    superseded_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
