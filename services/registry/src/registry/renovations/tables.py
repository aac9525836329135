"""Tables of renovations: each as it stands, what became of it, and the targets of a county's year."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Numeric, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Renovation(Base, table=True):
    """The renovation of a household's house; one of a kind and year.

    Attributes:
        year: Whose target it counts in.
        source: `entry`, or the dataset that told of it.
        accepted_grade, acceptance_no: Of the acceptance, which makes the house safe.
    """

    __tablename__ = "renovation"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    kind: str
    year: int = Field(sa_column=Column(SmallInteger, nullable=False))
    stage: str
    source: str
    wish: str
    mode: str | None
    grade: str | None
    approved_on: date | None
    started_on: date | None
    finished_on: date | None
    due_on: date | None
    accepted_on: date | None = None
    accepted_grade: str | None = None
    acceptance_no: str | None = None
    subsidy: Decimal | None = Field(sa_column=Column(Numeric(14, 2)))
    note: str | None
    cancelled_because: str | None = None
    version: int
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class RenovationStep(Base, table=True):
    """One change of a renovation."""

    __tablename__ = "renovation_step"

    renovation_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    stage: str
    changes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str


class RenovationTarget(Base, table=True):
    """How many households each township of a county is to renovate in a year, by kind; the highest version holds."""

    __tablename__ = "renovation_target"

    county_code: str = Field(primary_key=True)
    year: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    version: int = Field(primary_key=True)
    targets: dict[str, dict[str, int]] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
