"""Tables of policy profiles, of which every version stays, and of what was proposed for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class PolicyProfile(Base, table=True):
    """One version of a region's profile, with every parameter and its source."""

    __tablename__ = "policy_profile"

    region: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    effective_from: date
    source_document: str
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    sources: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
    confirmed_by: str | None = None
    activated_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class PolicyProposal(Base, table=True):
    """What somebody wants a region's profile to be, until another person has decided; it stays.

    Attributes:
        wanted: As it was sent.
        newest_version: Of the region's own profiles, when it was proposed; 0 where it had none.
        version: The version that it became.
    """

    __tablename__ = "policy_proposal"

    id: UUID = Field(primary_key=True)
    region: str
    wanted: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    newest_version: int
    state: str = "open"
    proposed_by: str
    proposed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    note: str | None = None
    version: int | None = None
