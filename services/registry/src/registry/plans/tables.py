"""Tables of plans, their tasks, and measures. A plan's revisions and the steps of tasks and measures stay."""

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
    """One revision of an episode's plan; the highest version holds. What it said of tasks stays in `tasks`."""

    __tablename__ = "plan"

    episode_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    household_id: UUID
    helper: str
    is_willing: bool
    needs: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    tasks: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    uncovered: list[Any] = Field(sa_column=Column(JSONB, nullable=False, server_default="[]"))
    made_on: date
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str


class PlanTask(Base, table=True):
    """A task of a plan as it stands: what the newest revision that has it says, and its result.

    Attributes:
        place: In the plan that holds, from 0; None if that has left it out.
        version: The number of its steps.
    """

    __tablename__ = "plan_task"

    id: UUID = Field(primary_key=True)
    episode_id: UUID
    household_id: UUID
    place: int | None
    title: str
    category: str | None
    risk_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    department: str
    person: str
    person_id: UUID | None = None
    due_on: date
    state: str
    done_on: date | None = None
    evidence: str | None = None
    obstacle: str | None = None
    note: str | None = None
    version: int
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class PlanTaskStep(Base, table=True):
    """One change of a task."""

    __tablename__ = "plan_task_step"

    plan_task_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    state: str
    changes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    client_id: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Measure(Base, table=True):
    """A measure as it stands.

    Attributes:
        entered_at: When it was said that it is implemented.
    """

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
    entered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    amount: Decimal | None = Field(sa_column=Column(Numeric(14, 2)))
    evidence: str | None
    attachments: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False), default=[])
    obstacle: str | None = None
    note: str | None = None
    continues_until: date | None = None
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
