"""The table of what was evaluated: a row a month and township."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class TownshipCoverage(Base, table=True):
    """What the newest whole comparison of a month said of a township.

    Attributes:
        area_code: The township.
        rules: By rule: findings, status and gaps, as `schemas.CoverageOut` shows them.
    """

    __tablename__ = "township_coverage"

    period: str = Field(primary_key=True)
    area_code: str = Field(primary_key=True)
    run_id: str
    told_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    villages: int
    households: int
    rules: dict[str, dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
