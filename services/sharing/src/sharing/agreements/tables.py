"""Tables of agreements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from servicekit.tables import Base


class Agreement(Base, table=True):
    """Who provides which product to whom, in which manner. What exactly stands in its terms.

    Attributes:
        receiver_client: The one application of the receiver that may draw; None for any of the department's.
        version: Of every step, for `If-Match`.
    """

    __tablename__ = "agreement"

    id: str = Field(primary_key=True)
    product: str
    provider: str
    receiver: str
    receiver_client: str | None
    mode: str
    created_by: str
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    revoked_by: str | None = None
    revoked_why: str | None = None
    version: int


class AgreementTerms(Base, table=True):
    """A version of what is agreed; once offered it is not changed, only approved or refused."""

    __tablename__ = "agreement_terms"

    agreement_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    area_codes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    legal_basis: str
    purpose: str
    valid_from: date
    ends_on: date
    rows_per_day: int
    state: str
    proposed_by: str
    proposed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    provider_approved_by: str | None = None
    provider_approved_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    receiver_approved_by: str | None = None
    receiver_approved_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    refused_by: str | None = None
    refused_why: str | None = None
