"""Inspections and the households that were drawn for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Inspection(Base, table=True):
    """A drawing of households of a county for a quarter; never changed."""

    __tablename__ = "inspection"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    period: str
    seed: str
    households: int
    frame: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    frame_digest: str
    due_on: date
    note: str
    drawn_by: str
    drawn_at: datetime


class InspectionTask(Base, table=True):
    """A household that was drawn: who is to visit it, by when, and what was found."""

    __tablename__ = "inspection_task"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    inspection_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("inspection.id"), nullable=False))
    place: int
    household_id: str
    area_code: str
    stratum: str
    responsible: str | None = None
    counts_from: date
    due_on: date
    state: str = "open"
    version: int = 1
    visited_on: date | None = None
    finding: str | None = None
    note: str | None = None
    closed_on: date | None = None
    closed_by: str | None = None
