"""Tables of the purpose ledger. Receipts and the persons they are about are only ever added."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from servicekit.tables import Base


class ProvisionReceipt(Base, table=True):
    """One answer, page or file that left, under an agreement.

    Attributes:
        fields: Their names: what each person's entry consists of.
        area_codes: Whose rows were looked at.
        sha256: Of the file; None of what was answered at once.
    """

    __tablename__ = "provision_receipt"

    no: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    id: str
    agreement_id: str
    terms: int
    product: str
    mode: str
    provider: str
    receiver: str
    client_id: str
    actor: str
    purpose: str
    legal_basis: str
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    area_codes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    as_of: date
    rows: int
    sha256: str | None = None
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ProvisionPerson(Base, table=True):
    """A person that a receipt is about; of a row about a household, each of its members then."""

    __tablename__ = "provision_person"

    person_id: str = Field(primary_key=True)
    receipt_no: int = Field(sa_column=Column(BigInteger, primary_key=True))
    household_id: str


class ProvisionRecall(Base, table=True):
    """What was called back, and whether the receiver has said that it is deleted or replaced.

    Attributes:
        person_ids: Whose entries are wrong; None: all of it.
    """

    __tablename__ = "provision_recall"

    receipt_no: int = Field(sa_column=Column(BigInteger, primary_key=True))
    person_ids: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    why: str
    recalled_by: str
    recalled_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    note: str | None = None
