"""The base of every table class, and the tables that every service has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Identity, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

_NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def _instant() -> Any:
    return Field(default=None, sa_type=DateTime(timezone=True))


def _now() -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), server_default=text("now()"), nullable=False))


def changed_in() -> Any:
    """Give the column of a followed table (`servicekit.changes`); the database alone writes it."""
    return Field(sa_column=Column(BigInteger, server_default=text("change_position()"), nullable=False))


_metadata: dict[str, MetaData] = {}


def metadata_of(package: str) -> MetaData:
    """Give the tables of a package: services have tables of the same names, and tests load several."""
    return _metadata.setdefault(package, MetaData(naming_convention=_NAMING))


class Base(SQLModel):
    """Base of every table class. Its metadata is that of the package it stands in; migrations create the tables."""

    def __init_subclass__(cls, **options: Any) -> None:  # Any: SQLModel's own options
        cls.metadata = metadata_of(cls.__module__.partition(".")[0])
        super().__init_subclass__(**options)


class OutwardHold(Base, table=True):
    """While there is its one row nothing is sent to the outside; only services with public topics have it."""

    __tablename__ = "outward_hold"

    is_only: bool = Field(default=True, primary_key=True)
    since: datetime = _now()
    reason: str


class OutboxEvent(Base, table=True):
    """An event that was announced; written by `servicekit.outbox` alone."""

    __tablename__ = "outbox"

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    event_id: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False))
    topic: str
    key: str
    type: str
    time: datetime = _now()
    traceparent: str | None = None
    data: dict[str, Any] = Field(sa_type=JSON)
    published_at: datetime | None = _instant()


class InboxEvent(Base, table=True):
    """An event that a consumer has handled."""

    __tablename__ = "inbox"

    consumer: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    received_at: datetime = _now()


class IdempotentAnswer(Base, table=True):
    """The answer that a request with an Idempotency-Key got."""

    __tablename__ = "idempotency"

    client_id: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    status: int
    body: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = _now()


class KeyUse(Base, table=True):
    """A key that was configured: never the key itself, only enough to know it again."""

    __tablename__ = "key_use"

    purpose: str = Field(primary_key=True)
    key_id: str = Field(primary_key=True)
    fingerprint: str
    first_seen_at: datetime = _now()
    retired_at: datetime | None = _instant()


class KeyRotation(Base, table=True):
    """Who rotated or retired which keys; an unfinished row tells where to go on."""

    __tablename__ = "key_rotation"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    purpose: str
    action: str
    key_ids: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    run_by: str
    started_at: datetime = _now()
    touched_at: datetime = _now()
    finished_at: datetime | None = _instant()
    position: str | None = None
    rows: int = 0


class RefusedDecision(Base, table=True):
    """A decision that was refused because another one came first; written by `servicekit.conflicts` alone."""

    __tablename__ = "refused_decision"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    subject: str
    subject_id: str
    decision: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    seen_etag: str | None = None
    current_etag: str | None = None
    code: str
    refused_at: datetime = _instant()
    refused_by: str
    settled_at: datetime | None = _instant()
    settled_by: str | None = None


class ChangeEra(Base, table=True):
    """Its one row names the time since the last restore; written by a restore alone."""

    __tablename__ = "change_era"

    is_only: bool = Field(default=True, primary_key=True)
    name: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False))


class Departure(Base, table=True):
    """What left an area or a department, the last time; written by triggers alone (`servicekit.changes`)."""

    __tablename__ = "departure"

    subject: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    area_code: str = Field(primary_key=True)
    department: str = Field(primary_key=True)
    changed_in: int = Field(sa_column=Column(BigInteger, nullable=False))


class GridDeparture(Base, table=True):
    """What left a grid, the last time; written by triggers alone (`servicekit.changes`)."""

    __tablename__ = "grid_departure"

    subject: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    area_code: str = Field(primary_key=True)
    department: str = Field(primary_key=True)
    grid: str = Field(primary_key=True)
    changed_in: int = Field(sa_column=Column(BigInteger, nullable=False))
