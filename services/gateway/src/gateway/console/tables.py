"""Sessions of people who signed in with a browser."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field

from servicekit.tables import Base


class ConsoleSession(Base, table=True):
    """A session by the hash of its cookie; what it holds is sealed."""

    __tablename__ = "console_session"

    id_hash: bytes = Field(primary_key=True)
    sealed: str
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
