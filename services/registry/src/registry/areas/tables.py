"""Table of areas."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class Area(Base, table=True):
    """An administrative area (行政区划) with its validity period."""

    __tablename__ = "area"

    code: str = Field(primary_key=True)
    name: str
    level: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
