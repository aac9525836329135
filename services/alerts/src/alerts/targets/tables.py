"""Targets and their versions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Target(Base, table=True):
    """What a figure of an area should be in a period.

    Attributes:
        department: Who answers for it, if a department does.
        measure: The figure itself (`value`), or its growth in per cent against the year before (`growth`).
        against: `fixed`, `series`, `figure`; the latter two with whose, and of which year.
        standing: The version that is approved; null until one is.
        proposed: The version that waits for a decision; null if none does.
        revision: Grows with every change: what an ETag says.
    """

    __tablename__ = "target"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    department: str | None = None
    indicator: str
    measure: str
    against: str
    against_series: str | None = None
    against_area: str | None = None
    against_years_back: int = 0
    period: str
    first_on: date
    last_on: date
    standing: int | None = None
    proposed: int | None = None
    revision: int = 1
    updated_at: datetime


class TargetVersion(Base, table=True):
    """A version of a target; only its decision is ever added.

    Attributes:
        milestones: `due_on`, and `share` or `value`, in order.
        decision: `approved`, `rejected`, or `replaced` by another proposal; null while it waits.
    """

    __tablename__ = "target_version"

    target_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("target.id"), primary_key=True))
    version: int = Field(primary_key=True)
    value: Decimal | None = None
    direction: str
    milestones: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    source: str
    note: str | None = None
    proposed_by: str
    proposed_at: datetime
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_note: str | None = None
