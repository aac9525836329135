"""Tables of client registrations. Keys, used assertions and failures are written by SQL in `store`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Text
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
    status: str = "active"
    epoch: int = 1
    epoch_changed_at: datetime
    version: int = 1
    created_at: datetime
    updated_at: datetime

    @property
    def has_secret(self) -> bool:
        """Whether it may sign in with a secret."""
        return self.secret_hash is not None
