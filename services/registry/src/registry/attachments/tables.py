"""Tables of attachments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, LargeBinary
from sqlmodel import Field

from servicekit.tables import Base


class Attachment(Base, table=True):
    """A photo or scan of a household; sealed with a key of its own, which is sealed with the service's."""

    __tablename__ = "attachment"

    household_id: UUID = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    media_type: str
    size_bytes: int
    sealed_key: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kept_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    kept_by: str


class AttachmentUse(Base, table=True):
    """Something that names an attachment of a household, which is evidence then."""

    __tablename__ = "attachment_use"

    household_id: UUID = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    subject_id: str = Field(primary_key=True)
    named_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AttachmentRemoval(Base, table=True):
    """An attachment that nothing named, taken back by who had sent it."""

    __tablename__ = "attachment_removal"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    sha256: str
    media_type: str
    size_bytes: int
    kept_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    removed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    removed_by: str


class AttachmentLook(Base, table=True):
    """Who looked at an attachment, and why."""

    __tablename__ = "attachment_look"

    id: UUID = Field(primary_key=True)
    household_id: UUID
    sha256: str
    actor: str
    purpose_code: str
    looked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
