"""The table of what feeds have told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from servicekit.tables import Base


class ProvisionFeed(Base, table=True):
    """A row of a product as it was numbered last for an agreement.

    Attributes:
        person_id: Empty where the row is about a household.
        digest: Of the fields that are agreed; None: it is in the product no more.
    """

    __tablename__ = "provision_feed"

    agreement_id: str = Field(primary_key=True)
    household_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: str | None = None
