"""Sheets that were frozen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Sheet(Base, table=True):
    """A version of a county's sheet for a period, as it was made; it is issued once, and never changed."""

    __tablename__ = "sheet"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    kind: str
    period: str
    area_code: str
    version: int
    title: str
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    digest: str
    note: str
    through: date
    frozen_by: str
    frozen_at: datetime
    issued_by: str | None = None
    issued_at: datetime | None = None

    @property
    def state(self) -> str:
        """Tell whether it was issued."""
        return "frozen" if self.issued_at is None else "issued"
