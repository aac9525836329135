"""The table of areas as the register announced them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from servicekit.tables import Base


class KnownAreaRow(Base, table=True):
    """An area as it was announced last."""

    __tablename__ = "known_area"

    area_code: str = Field(primary_key=True)
    valid_from: date
    valid_to: date | None = None
    successors: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
