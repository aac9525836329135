"""The table of pairings."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class Pairing(Base, table=True):
    """Somebody helps a household from a day until another one, on which it is no more."""

    __tablename__ = "pairing"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    staff_id: UUID
    from_on: date
    until_on: date | None = None
    why: str
    ended_why: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    ended_by: str | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    version: int = 1
