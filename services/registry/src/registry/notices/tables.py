"""Table of notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Notice(Base, table=True):
    """A notice as it was made: its rows stay, names are opened when it is printed.

    Attributes:
        rows: Of a household: ids of episode, household and head, the head's masked name, and what the columns of its
            kind say; of funds and projects what was entered.
        contact: Where objections go: an office, with its telephone.
    """

    __tablename__ = "notice"

    id: UUID = Field(primary_key=True)
    kind: str
    area_code: str
    area_name: str
    first_on: date
    last_on: date
    issuer: str
    contact: str | None
    rows: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None


class NoticePrint(Base, table=True):
    """Who was given the page of a notice, with its names, and when."""

    __tablename__ = "notice_print"

    id: UUID = Field(primary_key=True)
    notice_id: UUID
    form: str
    printed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    printed_by: str
