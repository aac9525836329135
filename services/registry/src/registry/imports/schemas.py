"""What the API says about an import."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from servicekit.body import Body

State = Literal["open", "received", "running", "done", "failed"]


class PartOut(BaseModel):
    """A part that is durable."""

    number: int
    size_bytes: int
    sha256: str


class BodyHeaders(BaseModel):
    """What the headers say about a file."""

    content_type: str | None = Field(
        default=None,
        description="text/csv may name a charset: utf-8, utf-16, gbk, gb18030; a workbook may say `; hidden=skip`:"
        " hidden sheets are then not read (隐藏的工作表不读取), and the answer names them",
    )
    content_encoding: str | None = Field(default=None, description="gzip or zstd")
    content_digest: str | None = Field(default=None, description="RFC 9530: sha-256=:<base64>:")


class CommitIn(Body):
    """That all parts have been sent."""

    part_count: int = Field(ge=1, le=10_000, description="the parts are numbered from 1 to this")


class ImportOut(BaseModel):
    """An import and how far it is; once it is done, everything counted here is durable."""

    import_id: str
    kind: str = Field(examples=["households"])
    state: State
    format: str = Field(examples=["ndjson"])
    encoding: str = Field(examples=["zstd"])
    size_bytes: int | None = Field(description="of the file as it was sent; unknown while it is open")
    sha256: str | None = Field(description="of the file as it was sent; unknown if it came in several parts")
    parts: list[PartOut] = []
    rows_read: int = Field(description="lines of the file that were read so far")
    households: int = Field(description="accepted: created + updated + unchanged")
    created: int
    updated: int
    unchanged: int = Field(description="registered already with the same content; nothing was announced for them")
    persons: int = Field(description="members of the accepted households, or people of a file of the roster")
    households_rejected: int
    rows_rejected: int = Field(description="lines of the file that were not taken")
    reject_codes: dict[str, int] = Field(description="reject rows per code")
    warnings: list[str]
    problem: dict[str, Any] | None = Field(description="why it failed, as a problem document; nothing was kept then")
    opened_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None = Field(description="that carrying it out took")


class RejectOut(BaseModel):
    """Why a household was not taken. Never holds a name or an ID number."""

    line: int
    hh_no: str | None
    person_no: str | None
    field: str = Field(examples=["/members/0/id_no"])
    code: str = Field(examples=["id_no.checksum"])
    message: str
    sheet: str | None = Field(default=None, description="所在工作表: of a workbook, the sheet; null for other files")
    sheet_row: int | None = Field(default=None, description="工作表内的行号: the row of that sheet")
