"""Tables of income plans and of the households that need one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class IncomePlan(Base, table=True):
    """One revision of a household's income plan; the highest version holds.

    Attributes:
        year: The year whose income it is to raise.
        target: Net income a head of that year, in yuan.
        responsible: Who is responsible, by id on the roster.
    """

    __tablename__ = "income_plan"

    household_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    year: int
    needs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    measures: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    target: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    responsible: UUID
    made_on: date
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str


class CohortMember(Base, table=True):
    """A household that needs a plan of the year.

    Attributes:
        cohorts: The cohorts that it is in.
        reason: What most made its income fall, if it fell and both years are known.
        compared: Versions of the two incomes that the reason was read from.
        left_on: Since when it is in none any more.
    """

    __tablename__ = "income_cohort_member"

    year: int = Field(primary_key=True)
    household_id: UUID = Field(primary_key=True)
    cohorts: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    reason: str | None = None
    compared: str | None = None
    joined_on: date
    left_on: date | None = None
