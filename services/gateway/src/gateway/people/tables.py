"""The roster as the registry's events say: whose account is whose, and the terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, DateTime, text
from sqlmodel import Field

from servicekit.tables import Base


class Staff(Base, table=True):
    """Somebody as the newest event says; `changed_at` is when it came."""

    __tablename__ = "staff"

    staff_id: UUID = Field(primary_key=True)
    version: int
    is_active: bool
    unit_kind: str
    unit_area_code: str
    department: str | None = None
    appointments: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    changed_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), server_default=text("now()"), nullable=False)
    )


class StaffAccount(Base, table=True):
    """An account of somebody's. That it is nobody else's is not for this table to say: events come in any order."""

    __tablename__ = "staff_account"

    staff_id: UUID = Field(primary_key=True)
    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
