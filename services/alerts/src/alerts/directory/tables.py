"""Copies of the registry's facts, kept by its events."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Household(Base, table=True):
    """What alerts must know of a household; its row is also the lock for everything about the household.

    `version` 0: heard of through a finding only, the registry's snapshot has not come yet.
    """

    household_id: str = Field(primary_key=True)
    area_code: str
    grid: str | None = None
    is_monitored: bool = False
    open_risks: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int = 0
    status: str = "active"
    merged_into: str | None = None


class Area(Base, table=True):
    """An area's name, its last day where it is over, and what it was designated as in which days."""

    area_code: str = Field(primary_key=True)
    name: str
    level: str
    parent_code: str | None = None
    valid_to: date | None = None
    tags: list[Any] = Field(sa_column=Column(JSONB, nullable=False))


class PolicyProfile(Base, table=True):
    """A version of a region's policy profile."""

    __tablename__ = "policy"

    region: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    effective_from: date
    source_document: str
    parameters: dict[str, str | bool] = Field(sa_column=Column(JSONB, nullable=False))


class Episode(Base, table=True):
    """The newest state of a monitoring episode."""

    episode_id: str = Field(primary_key=True)
    sequence: int = 0
    household_id: str
    clue_id: str | None = None
    state: str
    occurred_on: date
    has_ended: bool = False
    green_channel: bool = False
