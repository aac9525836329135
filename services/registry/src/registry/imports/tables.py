"""Tables of imports: what came, in which parts, what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class ImportRun(Base, table=True):
    """An import: open while its parts come, received, running, then done or failed.

    `lease_token` and `lease_until` belong to the worker that carries it out.
    """

    __tablename__ = "import_run"

    id: UUID = Field(primary_key=True)
    client_id: str
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    kind: str
    state: str
    content_type: str
    format: str
    encoding: str
    size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = None
    rows_read: int = 0
    households: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    persons: int = 0
    households_rejected: int = 0
    rows_rejected: int = 0
    reject_codes: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    warnings: list[Any] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    problem: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    traceparent: str | None = None
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    started_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    seconds: float | None = None
    attempts: int = 0
    lease_token: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ImportPart(Base, table=True):
    """A piece of the file as it was sent; the file is all of them in the order of their numbers."""

    __tablename__ = "import_part"

    import_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    upload_id: UUID
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ImportBlock(Base, table=True):
    """Bytes of a part, encrypted, until the import is over."""

    __tablename__ = "import_block"

    import_id: UUID = Field(primary_key=True)
    upload_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ImportReject(Base, table=True):
    """One thing wrong with one household of an import."""

    __tablename__ = "import_reject"

    import_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    hh_no: str | None
    person_no: str | None
    field: str
    code: str
    message: str
    sheet: str | None = None
    sheet_row: int | None = None
