"""Tables of households and persons. Names and numbers are ciphertext; hashes are keyed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Column, DateTime, LargeBinary, SmallInteger, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from contracts.fields import HOUSEHOLD, PERSON
from servicekit.field_tables import table_fields
from servicekit.tables import Base, changed_in

if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _HouseholdFields(Base):
        hh_no: str
        village_code: str
        grid: str | None
        hh_type: str
        status: str
        phone_masked: str | None
        population: int
        monitor_category: str | None
        is_monitored: bool
        open_risks: list[str]
        last_negative_decision_on: date | None
        moved_on: date | None
        moved_from: str | None

    class _PersonFields(Base):
        person_no: str | None
        name_masked: str
        id_no_masked: str | None
        birth_date: date
        sex: str
        relation: str
        labour: str
        came_on: date | None
        came_from: str | None

else:
    _HouseholdFields = table_fields("_HouseholdFields", HOUSEHOLD)
    _PersonFields = table_fields("_PersonFields", PERSON)


class Household(_HouseholdFields, table=True):
    """A household (户)."""

    __tablename__ = "household"

    id: UUID = Field(primary_key=True)
    contact: str | None
    fingerprint: bytes | None = Field(sa_column=Column(LargeBinary))
    version: int
    token_revision: int = 0
    merged_into: UUID | None = None
    known_on: date | None = None
    known: dict[str, str] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    changed_in: int = changed_in()


class HouseholdHistory(Base, table=True):
    """The household as it was before a change."""

    __tablename__ = "household_history"

    household_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    replaced_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    replaced_by: str
    cause: str
    snapshot: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))


class Person(_PersonFields, table=True):
    """A member of a household (家庭成员), also after it has left."""

    __tablename__ = "person"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    ordinal: int = Field(sa_column=Column(SmallInteger, nullable=False))
    identity: str
    id_index: bytes | None = Field(sa_column=Column(LargeBinary))
    id_index_even: bytes | None = Field(sa_column=Column(LargeBinary))
    id_token: bytes | None = Field(sa_column=Column(LargeBinary))
    person_token: bytes | None = Field(sa_column=Column(LargeBinary))
    token_key_id: str
    other_tokens: dict[str, list[str]] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    is_active: bool
    joined_on: date
    left_on: date | None
    left_reason: str | None
    merged_into: UUID | None = None
    known: dict[str, str] = Field(default={}, sa_column=Column(JSONB, nullable=False))


class IdentityChange(Base, table=True):
    """Why a household or a person is the same under another number, or in another household; never changed."""

    __tablename__ = "identity_change"

    id: UUID = Field(primary_key=True)
    kind: str
    household_id: UUID
    person_id: UUID | None = None
    other_id: UUID | None = None
    before: str | None = None
    after: str | None = None
    reason: str
    occurred_on: date
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str


class IdentityMatch(Base, table=True):
    """A client was told that persons are registered already."""

    __tablename__ = "identity_match"

    id: UUID = Field(primary_key=True)
    client_id: str
    via: str
    persons: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    matches: int
    matched_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class QuotaAlert(Base, table=True):
    """Somebody came near a day's number of looks, or used it up; never changed.

    Attributes:
        kind: Single looks, or persons of requests for many.
        taken: How many it were then, of `per_day`.
        areas: Those of who looked.
    """

    __tablename__ = "quota_alert"

    id: UUID = Field(primary_key=True)
    actor: str
    client_id: str
    kind: str
    state: str
    taken: int
    per_day: int
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    raised_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Unmasking(Base, table=True):
    """Who looked at a full identity, and why; `request_id`: by which request for many."""

    __tablename__ = "unmasking"

    id: UUID = Field(primary_key=True)
    person_id: UUID
    household_id: UUID
    client_id: str
    purpose_code: str
    case_id: str
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    request_id: UUID | None = None
    unmasked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
