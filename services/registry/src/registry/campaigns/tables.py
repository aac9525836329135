"""Tables of campaigns and their tasks."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class Campaign(Base, table=True):
    """The county has households of an area visited between two days."""

    __tablename__ = "campaign"

    id: UUID = Field(primary_key=True)
    kind: str
    name: str
    area_code: str
    from_on: date
    until_on: date
    form_version: str
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    opened_by: str
    cancelled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    cancelled_by: str | None = None
    cancelled_why: str | None = None


class CampaignTask(Base, table=True):
    """A household that a campaign concerns, and the result that stands.

    Attributes:
        visits: Results that were told, those that do not stand included.
        contact_id: The contact whose result stands.
        left_on: Since when the campaign does not concern it any more; nobody was there before.
    """

    __tablename__ = "campaign_task"

    campaign_id: UUID = Field(primary_key=True)
    household_id: UUID = Field(primary_key=True)
    state: str
    visits: int = 0
    happened_on: date | None = None
    contact_id: UUID | None = None
    left_on: date | None = None
