"""Table of areas."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Uuid
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


class AreaSuccession(Base, table=True):
    """A village that went into another one: all of it, or some of its households."""

    __tablename__ = "area_succession"

    id: UUID = Field(primary_key=True)
    from_code: str
    to_code: str
    household_ids: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid())))
    effective_on: date
    source_document: str
    households: int | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    applied_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
