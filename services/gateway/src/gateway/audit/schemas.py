"""Wire forms of the audit record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from servicekit.page_query import PageQuery


class AuditQuery(PageQuery):
    """Which entries are shown; null means any."""

    client_id: str | None = Field(default=None, max_length=64)
    person: UUID | None = Field(default=None, description="whom the client acted for: id on the roster")
    route: str | None = Field(default=None, max_length=200)
    object_path: str | None = Field(default=None, max_length=512)
    shown: UUID | None = Field(default=None, description="id of a person, a household, ...: answers that had it")
    refused: bool | None = Field(default=None, description="true: what was refused only; false: what was not")
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    limit: int = Field(default=50, ge=1, le=200, description="items a page")


class AuditEntryOut(BaseModel):
    """One use of personal data. `status` is null when the gateway was stopped before the request ended."""

    id: str
    occurred_at: datetime
    client_id: str
    person: UUID | None = Field(description="whom the client acted for; null: for itself")
    issuer: str
    department: str | None
    method: str
    route: str = Field(examples=["/v1/households/{household_id}"])
    scope: str
    purpose: str
    object_path: str
    source: str
    request_id: str
    status: int | None
    bytes_in: int | None
    bytes_out: int | None
    duration_ms: int | None
    shown: list[UUID] = Field(description="ids in the answer: persons, households and what belongs to them")
    code: str | None = Field(description="why it was refused")
    seal_seq: int | None = Field(description="the seal that covers the entry; null until it is sealed")


class SealOut(BaseModel):
    """The head of a sealed batch: keep `seq` and `hash` elsewhere to notice a record that was cut off."""

    seq: int
    sealed_at: datetime
    entries: int
    outcomes: int
    previous_hash: str
    hash: str
