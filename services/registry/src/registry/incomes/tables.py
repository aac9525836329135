"""Table of incomes: one row a version; the current one has no `superseded_at`. Results are generated columns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from contracts.fields import INCOME
from servicekit.field_tables import table_fields
from servicekit.tables import Base

if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _IncomeFields(Base):
        year: int
        per_capita_net: Decimal

else:
    _IncomeFields = table_fields("_IncomeFields", INCOME)


class Income(_IncomeFields, table=True):
    """One version of a household's income of a year, in yuan."""

    __tablename__ = "income"

    household_id: UUID = Field(primary_key=True)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    population: int
    as_of: date | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    superseded_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
