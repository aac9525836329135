"""Tables of unmasking in bulk."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text
from sqlmodel import Field

from servicekit.tables import Base


class UnmaskingRequest(Base, table=True):
    """Somebody wants to see many in full; another person decides.

    Attributes:
        state: What was decided; that its time is over is never written.
    """

    __tablename__ = "unmasking_request"

    id: UUID = Field(primary_key=True)
    area_code: str
    persons: int
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    purpose_code: str
    case_id: UUID | None
    legal_basis: str | None
    reason: str
    state: str = "open"
    requested_by: str
    requested_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    confirmed_by: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    ended_by: str | None = None
    ended_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    note: str | None = None


class UnmaskingChoice(Base, table=True):
    """Whom a request is about, in the order in which they are read; fixed when it is asked."""

    __tablename__ = "unmasking_choice"

    request_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)
    person_id: UUID
