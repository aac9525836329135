"""Units that are supervised."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Supervision(Base, table=True):
    """A unit on the list: a department, or the township, county or city of `area_code`.

    Attributes:
        progress: What was said of it, in order: `at`, `by`, `text`.
    """

    __tablename__ = "supervision"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    department: str | None = None
    reason: str
    opened_on: date
    opened_by: str
    due_on: date
    progress: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    closed_on: date | None = None
    closed_by: str | None = None
    closed_why: str | None = None
    updated_at: datetime
