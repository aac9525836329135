"""Tables of incomes: one row a version; the current one has no `superseded_at`. Results are generated columns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from contracts.fields import INCOME
from servicekit.field_tables import table_fields
from servicekit.tables import Base

if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _IncomeFields(Base):
        year: int
        net: Decimal
        per_capita_net: Decimal
        self_paid: Decimal

    class _Amounts(Base):
        per_capita_net: Decimal

else:
    _IncomeFields = table_fields("_IncomeFields", INCOME)
    _Amounts = table_fields("_Amounts", [field for field in INCOME if field.name != "year"])


class Income(_IncomeFields, table=True):
    """One version of a household's income of a year, in yuan; `items` are texts of yuan by `IncomeItem`."""

    __tablename__ = "income"

    household_id: UUID = Field(primary_key=True)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    population: int
    items: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False, server_default="{}"))
    as_of: date | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    superseded_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class IncomeSnapshot(_Amounts, table=True):
    """One version of a household's income of a period that is no year (`IncomePeriod`), in yuan."""

    __tablename__ = "income_snapshot"

    household_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    period_to: date = Field(primary_key=True)
    version: int = Field(primary_key=True)
    period_from: date
    population: int
    items: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    as_of: date
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    superseded_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
