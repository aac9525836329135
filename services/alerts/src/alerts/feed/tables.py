"""The alert feed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Uuid
from sqlmodel import Field

from servicekit.tables import Base


class Alert(Base, table=True):
    """An event of the feed. `position` grows in the order of commits, without gaps."""

    position: int = Field(sa_column=Column(BigInteger, primary_key=True))
    event_id: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False, unique=True))
    clue_id: str | None = Field(sa_column=Column(Uuid(as_uuid=False)))  # none: it is about a township
    household_id: str
    area_code: str
    kind: str
    risk_type: str | None = None
    severity: str
    published_at: datetime
    traceparent: str | None = None
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class FeedFloor(Base, table=True):
    """New alerts get positions above this one; a restore raises it beyond what readers may have seen before."""

    __tablename__ = "feed_floor"

    is_only: bool = Field(default=True, primary_key=True)
    position: int = Field(sa_type=BigInteger)
