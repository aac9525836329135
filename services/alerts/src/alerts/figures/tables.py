"""Figures as they were computed; a later version stands beside an earlier one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from servicekit.tables import Base


class FigureVersion(Base, table=True):
    """What was computed of an indicator for a period.

    Attributes:
        as_of: The last day that it tells of.
        parts, taken: How many parts it has, and how many came; it is read once all did.
    """

    __tablename__ = "figure_version"

    indicator_id: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    as_of: date
    computed_at: datetime
    why: str
    request_id: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False)))
    parts: int
    taken: int
    taken_at: datetime


class FigurePart(Base, table=True):
    """A part of a version that came; each counts once."""

    __tablename__ = "figure_part"

    indicator_id: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    part: int = Field(primary_key=True)


class FigureValue(Base, table=True):
    """What an indicator came to in an area, as deep as the facts say; areas above are sums of these. Never changed."""

    __tablename__ = "figure_value"

    indicator_id: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    dimension: str = Field(primary_key=True)
    area_code: str = Field(primary_key=True)
    part: str = Field(primary_key=True)
    numerator: Decimal
    denominator: Decimal | None = None


class FigureRequest(Base, table=True):
    """Who wanted which figures computed again, and why; never changed."""

    __tablename__ = "figure_request"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    period: str
    indicator_ids: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))
    why: str
    asked_by: str
    asked_at: datetime
