"""Duties as they were announced last."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class DutySaid(Base, table=True):
    """A duty as it was announced last, so that only what changed is announced.

    Attributes:
        episode_id: The episode that it follows from, if it follows from one.
    """

    __tablename__ = "duty_said"

    id: str = Field(primary_key=True)
    episode_id: UUID | None
    revision: int
    is_open: bool
    said: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
