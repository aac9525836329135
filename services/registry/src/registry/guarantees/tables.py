"""Tables of the four statuses: what visits found and what departments' data say, one row a version."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class GuaranteeStatus(Base, table=True):
    """One version of one status of a household, as it was found on the spot."""

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


class GuaranteeClaim(Base, table=True):
    """One version of what a dataset says of a guarantee of a household.

    Attributes:
        source: The dataset; one thing that it says stands at any time.
        checked_on: The day that the department's data tell of.
        detail: What they say, in Chinese and English.
        withdrawn_at: When they said it no longer; a newer version took its place otherwise.
    """

    __tablename__ = "guarantee_claim"

    household_id: UUID = Field(primary_key=True)
    source: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    kind: str
    department: str
    is_safe: bool
    checked_on: date
    detail: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    superseded_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
