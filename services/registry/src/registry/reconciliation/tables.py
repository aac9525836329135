"""Tables of reconciliations: which export was compared, and each difference with what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class Reconciliation(Base, table=True):
    """An export that was compared; `id` is that of the import which brought it.

    Attributes:
        villages: Those that the export names: of others it says nothing.
        households: Compared ones; `not_compared` were refused by the checks of an import.
        expires_on: Day on which the sealed values of its differences are deleted.
    """

    __tablename__ = "reconciliation"

    id: UUID = Field(primary_key=True)
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    made_by: str
    villages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    households: int
    persons: int
    not_compared: int
    expires_on: date


class Difference(Base, table=True):
    """One thing in which register and export differ.

    Attributes:
        kind: `field`, `only_in_export`, `only_in_register`, `elsewhere` (a person whom the register has in another
            household) or `ambiguous` (more than one could be meant).
        field: Name of the declared field; empty unless the kind is `field`.
        area_code: Village of the registered household; of one that is not registered, the export's.
        who: Masked name of whoever is in the export alone.
        registered, exported: The two values as they may be shown; of a sealed field, masked.
        sealed: The exported value of a sealed field, encrypted, until it is decided or expires.
        registered_mark, exported_mark: Keyed hashes by which sealed values are told apart; of a person who is not in
            the register, the blind index of its number.
        revision: Counts how often the registered value has changed since the comparison.
        household_version: Version of the household that was compared last.
    """

    __tablename__ = "reconciliation_difference"

    id: UUID = Field(primary_key=True)
    reconciliation_id: UUID
    kind: str
    subject: str
    field: str = ""
    year: int | None = None
    area_code: str
    household_id: UUID | None = None
    person_id: UUID | None = None
    hh_no: str
    person_no: str | None = None
    who: str | None = None
    line: int | None = None
    registered: Any = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    exported: Any = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    is_sealed: bool = False
    sealed: str | None = None
    registered_mark: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    exported_mark: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    state: str = "open"
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revision: int = 1
    household_version: int | None = None
