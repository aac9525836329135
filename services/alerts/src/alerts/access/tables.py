"""Rights of clients."""

from __future__ import annotations

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from servicekit.tables import Base


class ClientRight(Base, table=True):
    """A client as its newest event says. The areas are half-open ranges of codes."""

    __tablename__ = "client_right"

    client_id: str = Field(primary_key=True)
    version: int
    is_active: bool
    department: str | None = None
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    area_lows: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    area_highs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
