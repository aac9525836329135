"""The table of decisions about rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlmodel import Field

from servicekit.tables import Base


class RuleStep(Base, table=True):
    """A decision that a rule holds in an area, or holds there no more; the newest whose area has a village counts.

    Attributes:
        digest: SHA-256 of the declaration that was decided about.
        state: `active` or `retired`.
    """

    __tablename__ = "rule_step"

    number: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True, nullable=False)
    )
    rule_id: str
    rule_version: int
    digest: str
    area_code: str
    state: str
    reason: str
    decided_by: str
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
