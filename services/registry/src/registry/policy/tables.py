"""Table of policy profiles: every version stays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class PolicyProfile(Base, table=True):
    """One version of a region's profile, with every parameter and its source."""

    __tablename__ = "policy_profile"

    region: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    effective_from: date
    source_document: str
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    sources: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    activated_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
