"""Problems that are to be put right, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Rectification(Base, table=True):
    """A problem (问题) of the ledger as it stands.

    Attributes:
        unit: Whose it is, as recurrence compares it: `rules.unit_of`.
        person: Who is responsible, `staff:<id>`; null where nobody is named.
        households: How many it concerns; null where nobody counted.
        counts_from: Since when the responsible unit has it to put right, now.
        recurs_of: The one that it is the same as, which had been cleared.
        is_recurring: It came back: of another one, or seen in a look-back.
        reopened: How often it was to be put right again after it had been cleared.
    """

    __tablename__ = "rectification"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    department: str | None = None
    unit: str
    person: str | None = None
    source: str
    source_document: str
    problem_class: str
    problem: str
    measure: str
    households: int | None = None
    found_on: date
    counts_from: date
    due_on: date
    state: str
    version: int = 1
    recurs_of: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False), ForeignKey("rectification.id")))
    is_recurring: bool = False
    reopened: int = 0
    submitted_on: date | None = None
    check_due_on: date | None = None
    cleared_on: date | None = None
    cleared_by: str | None = None
    look_back_due_on: date | None = None
    looked_back_on: date | None = None
    registered_on: date
    updated_at: datetime


class RectificationStep(Base, table=True):
    """What somebody did with a problem, and how it stood then; never changed."""

    __tablename__ = "rectification_step"

    rectification_id: str = Field(
        sa_column=Column(Uuid(as_uuid=False), ForeignKey("rectification.id"), primary_key=True)
    )
    version: int = Field(primary_key=True)
    action: str
    state: str
    due_on: date
    note: str
    evidence: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    by: str
    said_on: date
    at: datetime
