"""Tables of import receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Double, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class ImportRun(Base, table=True):
    """The receipt of an import."""

    __tablename__ = "import_run"

    id: UUID = Field(primary_key=True)
    client_id: str
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    format: str
    encoding: str
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str
    households: int
    created: int
    updated: int
    unchanged: int
    persons: int
    households_rejected: int
    rows_rejected: int
    reject_codes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    warnings: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    started_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    seconds: float = Field(sa_column=Column(Double, nullable=False))


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
