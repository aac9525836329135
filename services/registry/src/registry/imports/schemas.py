"""What the API says about an import."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class ImportOut(BaseModel):
    """The receipt of an import: everything counted here is durable."""

    import_id: str
    format: str = Field(examples=["ndjson"])
    encoding: str = Field(examples=["zstd"])
    size_bytes: int
    sha256: str = Field(description="of the body as it was sent")
    households: int = Field(description="accepted: created + updated + unchanged")
    created: int
    updated: int
    unchanged: int = Field(description="registered already with the same content; nothing was announced for them")
    persons: int = Field(description="members of the accepted households")
    households_rejected: int
    rows_rejected: int = Field(description="lines of the file that were not taken")
    reject_codes: dict[str, int] = Field(description="reject rows per code")
    warnings: list[str]
    started_at: datetime
    seconds: float


class RejectOut(BaseModel):
    """Why a household was not taken. Never holds a name or an ID number."""

    line: int
    hh_no: str | None
    person_no: str | None
    field: str = Field(examples=["/members/0/id_no"])
    code: str = Field(examples=["id_no.checksum"])
    message: str
