"""The table of the insurance ledger."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class InsuranceYear(Base, table=True):
    """What the insurance lists say of a person's year; of whom they say nothing there is no row.

    Attributes:
        period: The newest that said so.
        is_enrolled, has_cost: None: that list says nothing, neither way.
    """

    __tablename__ = "insurance_year"

    year: int = Field(primary_key=True)
    household_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    period: str
    is_enrolled: bool | None = None
    scheme: str | None = None
    paid_on: date | None = None
    premium: Decimal | None = None
    subsidy: Decimal | None = None
    has_cost: bool | None = None
    cost_to: date | None = None
    total: Decimal | None = None
    basic_paid: Decimal | None = None
    critical_paid: Decimal | None = None
    aid_paid: Decimal | None = None
    self_paid: Decimal | None = None
    told_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
