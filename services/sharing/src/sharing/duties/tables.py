"""Duties as they were announced last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class DutySaid(Base, table=True):
    """A duty as it was announced last, so that only what changed is announced."""

    __tablename__ = "duty_said"

    id: str = Field(primary_key=True)
    revision: int
    is_open: bool
    said: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class CountyExpected(Base, table=True):
    """From which month, `yyyy-mm`, a county is owed data: when the first came, or when it was first heard of."""

    __tablename__ = "county_expected"

    county: str = Field(primary_key=True)
    since: str
