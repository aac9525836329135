"""Tables of episodes. Steps are never changed or deleted: a trigger refuses it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Episode(Base, table=True):
    """One run of a household through identification, assistance and elimination; `follows_id` is the run before."""

    __tablename__ = "episode"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    origin: str
    clue_id: str | None
    follows_id: UUID | None = None
    state: str
    risk_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    category: str | None
    found_on: date
    identify_due_on: date | None
    identified_on: date | None
    eliminated_on: date | None
    due_on: date | None
    is_active: bool
    sequence: int
    version: int
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class EpisodeStep(Base, table=True):
    """One step that was taken, with who, when and the record that it needs."""

    __tablename__ = "episode_step"

    episode_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    state: str
    previous_state: str | None
    occurred_on: date
    actors: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    note: str | None
    record: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    client_id: str
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    left_town: str | None = None


class Clue(Base, table=True):
    """A clue as the registry heard of it, and the episode that it opened or joined.

    Attributes:
        state: As of `version`, the greatest one heard of; null of what an earlier release heard.
        decided_on: Day on which its result was recorded.
    """

    __tablename__ = "clue"

    clue_id: str = Field(primary_key=True)
    household_id: str
    risk_type: str
    found_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    episode_id: UUID | None
    state: str | None = None
    version: int = 0
    decided_on: date | None = None


class GreenChannel(Base, table=True):
    """Somebody's request that an episode be helped before its procedure, and what another person decided."""

    __tablename__ = "green_channel"

    id: UUID = Field(primary_key=True)
    episode_id: UUID
    reason: str
    asked_by: str
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    decision: str | None
    opinion: str | None
    decided_by: str | None
    decided_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
