"""The comparison run's row. `migrations/versions/0002_comparison.py` holds the constraints."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class ComparisonRun(Base, table=True):
    """A comparison that was asked for: who or what, which period and area, how far, what came of it.

    Attributes:
        overrides, trial_rules: What is tried out: parameters by name, and rules as their files would have them.
        causes: What started it, the first of them (`store.MOST_CAUSES`); `cause_count` counts all.
        queued_at, not_before: By the database's clock: since when it waits, and when it may begin; `None`: at once.
        held_at, due_on: Its findings jump: since when they wait, and the day by which somebody decides.
        accepted: Findings by rule that somebody has believed, though they jump.
    """

    __tablename__ = "comparison_run"

    id: str = Field(primary_key=True)
    kind: str
    period: str
    state: str = "queued"
    stage: str = "queued"
    requested_by: str
    requested_at: datetime = Field(sa_type=DateTime(timezone=True))
    traceparent: str | None = None
    overrides: dict[str, Any] = Field(default={}, sa_type=JSONB)
    trial_rules: list[dict[str, Any]] = Field(default=[], sa_type=JSONB)
    attempts: int = 0
    lease_token: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    started_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    seconds: Decimal | None = None
    result: dict[str, Any] = Field(default={}, sa_type=JSONB)
    error_code: str | None = None
    error_detail: str | None = None
    area_code: str = "000000000000"
    causes: list[dict[str, Any]] = Field(default=[], sa_type=JSONB)
    cause_count: int = 0
    queued_at: datetime | None = Field(
        default=None,
        sa_column=Column(DateTime(timezone=True), server_default=text("now()"), nullable=False),
    )
    not_before: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    held_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    due_on: date | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    decision_reason: str | None = None
    accepted: dict[str, int] = Field(default={}, sa_type=JSONB)


class ComparisonRunHousehold(Base, table=True):
    """A household that a limited run is about."""

    __tablename__ = "comparison_run_household"

    run_id: str = Field(primary_key=True)
    household_id: str = Field(primary_key=True)


class FindingsBetweenRuns(Base, table=True):
    """How many findings of a rule limited runs have raised in a period since everybody was compared last."""

    __tablename__ = "findings_between_runs"

    period: str = Field(primary_key=True)
    rule_id: str = Field(primary_key=True)
    findings: int
