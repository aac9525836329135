"""Tables of the roster."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, FetchedValue, Text
from sqlmodel import Field

from servicekit.tables import Base


class Unit(Base, table=True):
    """Where staff belong (单位)."""

    __tablename__ = "unit"

    id: UUID = Field(primary_key=True)
    kind: str
    name: str
    area_code: str
    department: str | None = None
    is_active: bool = True
    version: int = 1
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_by: str


class Staff(Base, table=True):
    """Somebody on the roster (人员). `contact` is the telephone number, sealed for this row."""

    __tablename__ = "staff"

    id: UUID = Field(primary_key=True)
    staff_no: str | None = None
    name: str
    phone_masked: str | None = None
    contact: str | None = None
    unit_id: UUID
    is_active: bool = True
    version: int = 1
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_by: str


class StaffAccount(Base, table=True):
    """An account that is somebody's."""

    __tablename__ = "staff_account"

    id: UUID = Field(primary_key=True)
    staff_id: UUID
    issuer: str
    subject: str
    linked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    linked_by: str


class Appointment(Base, table=True):
    """A term in a role (任职), both days included; `area_prefix` is computed by the database."""

    __tablename__ = "appointment"

    id: UUID = Field(primary_key=True)
    staff_id: UUID
    unit_id: UUID
    role: str
    area_code: str
    area_prefix: str | None = Field(default=None, sa_column=Column(Text, FetchedValue(), nullable=False))
    grid: str | None = None
    first_on: date
    last_on: date | None = None
    ended_why: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    ended_by: str | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_by: str
