"""Reports on rectification."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class RectificationReport(Base, table=True):
    """The report of an area for a month, as it was given; a later version stands beside it. Never changed."""

    __tablename__ = "rectification_report"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    period: str
    version: int
    rows: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    given_on: date
    given_by: str
    given_at: datetime
