"""The finding's row. `migrations/versions/0002_comparison.py` holds the constraints."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, JSON, DateTime, String
from sqlmodel import Field

from servicekit.tables import Base


class Finding(Base, table=True):
    """A rule that held for a household or person on a period's data, and until when."""

    finding_id: UUID = Field(primary_key=True)
    run_id: str
    rule_id: str
    rule_version: int
    scope: str
    household_id: str
    person_id: str | None = None
    area_code: str
    period: str
    risk_type: str
    severity: str
    evidence: dict[str, Any] = Field(sa_type=JSON)
    parameters: dict[str, Any] = Field(sa_type=JSON)
    profile_version: int
    deliveries: list[str] = Field(sa_type=ARRAY(String))
    found_at: datetime = Field(sa_type=DateTime(timezone=True))
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_by: str | None = None


class ClueOutcome(Base, table=True):
    """What became of a clue, as `alerts` last told: how good a rule is shows in it."""

    __tablename__ = "clue_outcome"

    clue_id: str = Field(primary_key=True)
    version: int
    household_id: str
    area_code: str
    state: str
    risk_type: str
    result_reason: str | None = None
    rule_ids: list[str] = Field(sa_type=ARRAY(String), nullable=False)
    finding_ids: list[str] = Field(sa_type=ARRAY(String), nullable=False)
    verified_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
