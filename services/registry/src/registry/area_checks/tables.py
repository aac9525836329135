"""The table of what counter-checks found in areas; a finding is closed when its facts are over, and stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class AreaCheck(Base, table=True):
    """What a counter-check found in a village or township.

    Attributes:
        cause: The risk that it is about, or `site:` with the name of the resettlement site; empty where there is none.
        evidence: What the check saw, as it is while the finding is open, as it was when it closed.
        answer: What the county judged; the finding is nobody's any more, and not found again while it lasts.
    """

    __tablename__ = "area_check"

    id: UUID = Field(primary_key=True)
    code: str
    area_code: str
    cause: str
    evidence: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    answered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    answered_by: str | None = None
    answer: str | None = None
