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
    place_ids: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid())))
    effective_on: date
    source_document: str
    households: int | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    applied_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))

    @property
    def is_split(self) -> bool:
        """Tell whether some of the village went, and the rest stayed."""
        return bool(self.household_ids or self.place_ids)


class AreaTagging(Base, table=True):
    """What an area was designated as (区划标签), from a day on, by a document."""

    __tablename__ = "area_tag"

    id: UUID = Field(primary_key=True)
    area_code: str
    tag: str
    first_on: date
    last_on: date | None = None
    source_document: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
