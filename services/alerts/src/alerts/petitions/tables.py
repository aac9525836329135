"""Items of petition and public opinion, and what became of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Uuid
from sqlmodel import Field

from servicekit.tables import Base


class Petition(Base, table=True):
    """An item as it stands.

    Attributes:
        petitioner: Name and telephone number of somebody who is not registered, sealed.
        department: Who deals with it; null: the township.
        counts_from: Since when it is to be dealt with, now.
        clue_source_id: What it said to a clue; the clue is the one that the source belongs to now.
        reopened: How often it was to be dealt with again after it had been closed.
    """

    __tablename__ = "petition"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    county_code: str
    source: str
    ticket_no: str
    category: str
    received_on: date
    area_code: str
    household_id: str | None = None
    petitioner: str | None = None
    summary: str
    origin: str
    department: str | None = None
    counts_from: date
    due_on: date
    is_estimate: bool
    state: str
    version: int = 1
    clue_source_id: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False)))
    disposal: str | None = None
    disposed_by: str | None = None
    disposed_on: date | None = None
    answered_on: date | None = None
    unanswered_because: str | None = None
    satisfaction: str | None = None
    confirm_due_on: date | None = None
    closed_on: date | None = None
    closed_by: str | None = None
    reopened: int = 0
    registered_by: str
    registered_on: date
    updated_at: datetime


class PetitionStep(Base, table=True):
    """What somebody did with an item, and how it stood then; never changed."""

    __tablename__ = "petition_step"

    petition_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("petition.id"), primary_key=True))
    version: int = Field(primary_key=True)
    action: str
    state: str
    due_on: date
    note: str
    by: str
    at: datetime
