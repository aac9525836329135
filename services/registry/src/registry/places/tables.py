"""Table of groups, grids and sites."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, FetchedValue, Text
from sqlmodel import Field

from servicekit.tables import Base


class Place(Base, table=True):
    """A villagers' group, a grid or a resettlement site, with its days. `scope` is where its name is the only one."""

    __tablename__ = "place"

    id: UUID = Field(primary_key=True)
    kind: str
    village_code: str
    scope: str = Field(default=None, sa_column=Column(Text, FetchedValue(), nullable=False))
    name: str
    suffix: str | None = None
    site: str | None = None
    valid_from: date
    valid_to: date | None = None
    households_declared: int | None = None
    persons_declared: int | None = None
    stations: list[str] = Field(default=[], sa_column=Column(ARRAY(Text()), nullable=False))
    source_document: str
    came_from: UUID | None = None
    version: int = 1
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_by: str
