"""Table of policy profiles. `migrations/versions/0002_comparison.py` holds the constraints."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class PolicyProfile(Base, table=True):
    """A version of a region's profile, as the registry announced it."""

    __tablename__ = "policy_profile"

    region: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    effective_from: date
    source_document: str
    parameters: dict[str, Any] = Field(sa_type=JSONB)
