"""The tables of rows that are of no person, by month."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class LedgerMonth(Base, table=True):
    """What was read of a dataset for a month.

    Attributes:
        commit_seq: The newest delivery that was read; what was read of older ones never replaces it.
    """

    __tablename__ = "ledger_month"

    dataset: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    commit_seq: int
    run_id: str
    read_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class LedgerRow(Base, table=True):
    """A row as it counted in a month.

    Attributes:
        token: The digest of its key.
        fields: By field code; amounts and dates are texts.
    """

    __tablename__ = "ledger_row"

    dataset: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    token: str = Field(primary_key=True)
    area_code: str
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    delivery_id: str
