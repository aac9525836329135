"""Tables of the audit record: append-only, by triggers of the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, Uuid, text
from sqlmodel import Field

from servicekit.tables import Base


class AuditEntry(Base, table=True):
    """Who asked for what and why, before it happened. Written by `audit_append()`."""

    __tablename__ = "audit_entry"

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    entry_id: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False))
    occurred_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), server_default=text("now()"), nullable=False)
    )
    client_id: str
    person: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False)))
    issuer: str
    department: str | None = None
    method: str
    route: str
    scope: str
    purpose: str
    object_path: str
    source: str
    request_id: str


class AuditOutcome(Base, table=True):
    """How an entry's request ended. Written by `audit_append()`."""

    __tablename__ = "audit_outcome"

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    entry_id: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False))
    ended_at: datetime = Field(sa_column=Column(DateTime(timezone=True), server_default=text("now()"), nullable=False))
    status: int
    bytes_in: int = Field(sa_type=BigInteger)
    bytes_out: int = Field(sa_type=BigInteger)
    duration_ms: int
    shown: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Uuid(as_uuid=False))))
    code: str | None = None


class AuditSeal(Base, table=True):
    """A sealed batch of entries and outcomes (`gateway.audit.rules.Seal`)."""

    __tablename__ = "audit_seal"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sealed_at: datetime = Field(sa_type=DateTime(timezone=True))
    entry_from_id: int = Field(sa_type=BigInteger)
    entry_to_id: int = Field(sa_type=BigInteger)
    entries: int
    entries_digest: str
    outcome_from_id: int = Field(sa_type=BigInteger)
    outcome_to_id: int = Field(sa_type=BigInteger)
    outcomes: int
    outcomes_digest: str
    previous_hash: str
    hash: str
    mac: str
