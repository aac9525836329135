"""The table of claims: what a dataset says of a household's guarantee, once each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class StatusClaim(Base, table=True):
    """What a dataset said last of a guarantee, as it was announced.

    Attributes:
        period: The newest that said so.
        run_id: The comparison that announced it.
        withdrawn_by: The one that took it back; None while it stands.
    """

    __tablename__ = "status_claim"

    household_id: str = Field(primary_key=True)
    dataset: str = Field(primary_key=True)
    guarantee: str
    is_safe: bool
    as_of: date
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    period: str
    run_id: str
    claimed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
