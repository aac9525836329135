"""Values of series."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, ForeignKey, Uuid
from sqlmodel import Field

from servicekit.tables import Base


class SeriesEntry(Base, table=True):
    """One period of a series of an area, as an area keeps it.

    Attributes:
        kept_by: Whose figures are held against it: this area's and those below it that keep none of their own.
        last_on: The period's last day.
        version: Of the value that stands.
    """

    __tablename__ = "series_entry"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    kept_by: str
    series: str
    area_code: str
    period: str
    last_on: date
    version: int
    updated_at: datetime


class SeriesValue(Base, table=True):
    """A version of a value, in the series' unit; never changed.

    Attributes:
        source: The document that says so.
        note: Why it was corrected; null of the first one.
    """

    __tablename__ = "series_value"

    entry_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("series_entry.id"), primary_key=True))
    version: int = Field(primary_key=True)
    value: Decimal
    source: str
    note: str | None = None
    entered_by: str
    entered_at: datetime
