"""The table of visits and contacts."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Contact(Base, table=True):
    """Somebody of the roster was at a household, telephoned or wrote to it, or tried to."""

    __tablename__ = "contact"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    staff_id: UUID
    companions: list[UUID] = Field(default=[], sa_column=Column(ARRAY(Uuid), nullable=False))
    campaign_id: UUID | None = None
    happened_on: date
    way: str
    outcome: str
    risk_types: list[str] = Field(default=[], sa_column=Column(ARRAY(Text), nullable=False))
    statuses: dict[str, bool] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    note: str | None = None
    attachments: list[str] = Field(default=[], sa_column=Column(ARRAY(Text), nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
