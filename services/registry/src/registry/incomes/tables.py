"""Table of incomes: one row a version; the current one has no `superseded_at`. Results are generated columns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, Computed, DateTime, Numeric
from sqlmodel import Field

from registry.tables import Base


class Income(Base, table=True):
    """One version of a household's income of a year, in yuan."""

    __tablename__ = "income"

    household_id: UUID = Field(primary_key=True)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    wage: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    business: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    property: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    transfer: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    business_cost: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    insurance_payout: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    self_paid: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    population: int
    # The formula is in the migration; Computed only says that the database fills these.
    net: Decimal = Field(sa_column=Column(Numeric(16, 2), Computed("wage"), nullable=False))
    per_capita_net: Decimal = Field(sa_column=Column(Numeric(16, 2), Computed("wage"), nullable=False))
    ref_per_capita: Decimal = Field(sa_column=Column(Numeric(16, 2), Computed("wage"), nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    superseded_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
