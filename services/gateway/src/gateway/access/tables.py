"""Tables of client registrations, signing keys and authentication."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, DateTime, Text, Uuid, text
from sqlmodel import Field

from servicekit.tables import Base


class Client(Base, table=True):
    """A machine client (接入方).

    `epoch` grows whenever tokens issued before must no longer be taken; `previous_secret_hash` stays good
    until `previous_secret_until`, so that a secret can be exchanged without an interruption.
    """

    client_id: str = Field(primary_key=True)
    name: str
    secret_hash: str | None = None
    previous_secret_hash: str | None = None
    previous_secret_until: datetime | None = None
    jwks: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    department: str | None = None
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    grants: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    status: str = "active"
    epoch: int = 1
    epoch_changed_at: datetime
    version: int = 1
    announced_version: int = 0
    created_at: datetime
    updated_at: datetime

    @property
    def has_secret(self) -> bool:
        """Whether it may sign in with a secret."""
        return self.secret_hash is not None


class ClientProposal(Base, table=True):
    """A change of a client that one manager asked for and another decides. `wanted` never holds a secret."""

    __tablename__ = "client_proposal"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    kind: str
    client_id: str
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    wanted: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    client_version: int
    state: str = "open"
    proposed_by: str
    proposed_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    reason: str | None = None


class SecretFailure(Base, table=True):
    """Wrong credentials of a client from an address."""

    __tablename__ = "secret_failure"

    client_id: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    failures: int
    window_from: datetime = Field(sa_type=DateTime(timezone=True))
    locked_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class UsedAssertion(Base, table=True):
    """A client assertion that was taken once already."""

    __tablename__ = "used_assertion"

    client_id: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class Replica(Base, table=True):
    """A process that verifies tokens, and which keys it has."""

    replica: str = Field(primary_key=True)
    digest: str
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))


class StoredKey(Base, table=True):
    """A key pair that signs access tokens, its private half encrypted."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    private_sealed: str
    public_jwk: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), server_default=text("now()"), nullable=False)
    )
    signs_from: datetime = Field(sa_type=DateTime(timezone=True))
    signs_until: datetime = Field(sa_type=DateTime(timezone=True))
    published_until: datetime = Field(sa_type=DateTime(timezone=True))
