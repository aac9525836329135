"""Tables of plans and measures. A plan's revisions and a measure's steps stay."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Plan(Base, table=True):
    """One revision of an episode's plan; the highest version holds."""

    __tablename__ = "plan"

    episode_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    household_id: UUID
    helper: str
    is_willing: bool
    needs: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    tasks: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    made_on: date
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str


class Measure(Base, table=True):
    """A measure as it stands."""

    __tablename__ = "measure"

    id: UUID = Field(primary_key=True)
    episode_id: UUID
    household_id: UUID
    person_id: UUID | None
    category: str
    item: str
    risk_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    responsible_department: str
    responsible_person: str
    planned_on: date
    state: str
    implemented_on: date | None
    amount: Decimal | None = Field(sa_column=Column(Numeric(14, 2)))
    evidence: str | None
    obstacle: str | None = None
    note: str | None = None
    version: int
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class MeasureStep(Base, table=True):
    """One change of a measure."""

    __tablename__ = "measure_step"

    measure_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    state: str
    changes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    client_id: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
