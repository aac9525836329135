"""The table of what villages distributed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, DateTime, Numeric
from sqlmodel import Field

from servicekit.tables import Base


class CollectiveIncome(Base, table=True):
    """What became of a village's collective income in a year, in yuan; the highest version holds.

    Attributes:
        households: How many households were given a share.
    """

    __tablename__ = "collective_income"

    village_code: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    income: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    distributed: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    households: int
    settled_on: date
    evidence: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
