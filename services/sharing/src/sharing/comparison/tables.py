"""The comparison run's row. `migrations/versions/0002_comparison.py` holds the constraints."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class ComparisonRun(Base, table=True):
    """A comparison that was asked for: who, which period, how far, what came of it."""

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
    attempts: int = 0
    lease_token: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    started_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    seconds: Decimal | None = None
    result: dict[str, Any] = Field(default={}, sa_type=JSONB)
    error_code: str | None = None
    error_detail: str | None = None


class ComparisonRunHousehold(Base, table=True):
    """A household that a limited run is about."""

    __tablename__ = "comparison_run_household"

    run_id: str = Field(primary_key=True)
    household_id: str = Field(primary_key=True)
