"""Tables of labels: a row a household and label, and how far they follow the register."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlmodel import Field

from servicekit.tables import Base


class Label(Base, table=True):
    """A label that a household has, and since which day it was found to have it."""

    __tablename__ = "household_label"

    household_id: UUID = Field(primary_key=True)
    label: str = Field(primary_key=True)
    since_on: date


class LabelPlace(Base, table=True):
    """Up to which change of a household labels were given, and by which year and parameters."""

    __tablename__ = "label_place"

    is_only: bool = Field(default=True, primary_key=True)
    changed_since: str | None = None
    computed_by: str | None = None
