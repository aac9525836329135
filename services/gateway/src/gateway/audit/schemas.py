"""Wire forms of the audit record."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class AuditEntryOut(BaseModel):
    """One use of personal data. `status` is null when the gateway was stopped before the request ended."""

    id: str
    occurred_at: datetime
    client_id: str
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
    seal_seq: int | None = Field(description="the seal that covers the entry; null until it is sealed")


class SealOut(BaseModel):
    """The head of a sealed batch: keep `seq` and `hash` elsewhere to notice a record that was cut off."""

    seq: int
    sealed_at: datetime
    entries: int
    outcomes: int
    previous_hash: str
    hash: str
