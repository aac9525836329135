"""The table of plans of graduates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class GraduatePlan(Base, table=True):
    """One revision of a graduate's plan; the highest version holds, in whatever household the person lives.

    Attributes:
        responsible: Who is responsible, by id on the roster.
    """

    __tablename__ = "graduate_plan"

    person_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    needs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    measures: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    responsible: UUID
    made_on: date
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
