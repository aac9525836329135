"""Disasters, the households that they hit, and the help that was given at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Disaster(Base, table=True):
    """A disaster or accident, as a county declared it.

    Attributes:
        county_code: The county that declared it; `areas` lie in it.
        from_on, to_on: Its first day, and its last one; null while it lasts.
        closed_at: Since when every household that it hit has what it was owed, or it is written why not.
    """

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    county_code: str
    kind: str
    name: str
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    from_on: date
    to_on: date | None = None
    source: str
    note: str
    version: int = 1
    declared_by: str
    declared_at: datetime
    closed_by: str | None = None
    closed_at: datetime | None = None
    closing_note: str | None = None
    updated_at: datetime


class DisasterHousehold(Base, table=True):
    """A household that a disaster hit. Its id is that of the source which speaks for its clue.

    Household, area and clue are the source's: it goes along when households merge or move.

    Attributes:
        harm: What happened to it, as it was told last.
        removed_by, removed_at, removed_because: It was on the list by mistake.
        written_off_by, written_off_at, written_off_because: What of the procedure is owed will not come, and why.
    """

    __tablename__ = "disaster_household"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("clue_source.id"), primary_key=True))
    disaster_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("disaster.id"), nullable=False))
    harm: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    version: int = 1
    added_by: str
    added_at: datetime
    removed_by: str | None = None
    removed_at: datetime | None = None
    removed_because: str | None = None
    written_off_by: str | None = None
    written_off_at: datetime | None = None
    written_off_because: str | None = None
    updated_at: datetime


class DisasterHelp(Base, table=True):
    """What a household was given at once; never changed."""

    __tablename__ = "disaster_help"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    affected_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("disaster_household.id"), nullable=False))
    what: str
    given_on: date
    recorded_by: str
    recorded_at: datetime
