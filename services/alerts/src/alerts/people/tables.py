"""Copies of the roster, without a name or telephone number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Staff(Base, table=True):
    """Somebody on the roster as the newest event says; `appointments` are the terms as it gives them."""

    __tablename__ = "staff"

    staff_id: str = Field(primary_key=True)
    version: int
    is_active: bool
    department: str | None = None
    appointments: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
