"""The table of what departments gave: one row a version of what their list says."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, DateTime, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Aid(Base, table=True):
    """One version of what a department's list says that a household was given.

    Attributes:
        dataset: The list.
        name: What the list calls it.
        income: The amount of a year's income that it is part of, by its name among the fields of incomes.
        period: The month whose comparison said so.
        ended_at: When the list said it no more; `was_wrong`: because it never was.
    """

    __tablename__ = "aid"

    aid_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    household_id: UUID
    person_id: UUID
    dataset: str
    department: str
    category: str
    title: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    name: str | None = None
    given_on: date | None = None
    until: date | None = None
    amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    income: str | None = None
    period: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    superseded_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    ended_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    was_wrong: bool | None = None
