"""Records of scheduling and what they decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Scheduling(Base, table=True):
    """A meeting of a month or an inspection of a quarter, as it was recorded; it is cancelled, and never changed."""

    __tablename__ = "scheduling"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    period: str
    held_on: date
    chaired_by: str
    topics: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    summary: str
    recorded_on: date
    recorded_by: str
    recorded_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancelled_why: str | None = None


class SchedulingItem(Base, table=True):
    """Something that was decided: what, whose, by when, and what became of it."""

    __tablename__ = "scheduling_item"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    scheduling_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("scheduling.id"), nullable=False))
    place: int
    what: str
    area_code: str
    department: str | None = None
    responsible: str | None = None
    counts_from: date
    due_on: date
    state: str = "open"
    version: int = 1
    closed_on: date | None = None
    done_on: date | None = None
    note: str | None = None
    closed_by: str | None = None
