"""HTTP models of deliveries."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from contracts.vocabulary import Department
from servicekit.body import Body

Period = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"], description="数据期")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the part's bytes as sent, hex")]


class DeliveryIn(Body):
    """Open a delivery."""

    dataset: str = Field(max_length=40, examples=["DS-MED-COST"])
    period: Period
    strict: bool = Field(default=False, description="严格模式: any rejected row refuses the whole delivery")


class NilIn(Body):
    """Declare that there is nothing to deliver (零报告)."""

    dataset: str = Field(max_length=40, examples=["DS-CIV-TEMP"])
    period: Period
    reason: str = Field(min_length=2, max_length=200, examples=["本月无新增临时救助"])


class PartClaim(Body):
    """A part that the sender believes to be stored."""

    number: int = Field(ge=1, le=100_000)
    sha256: Sha256


class CommitIn(Body):
    """Commit a delivery: name its parts with their digests, or say how many there are (numbered from 1)."""

    parts: list[PartClaim] | None = Field(default=None, min_length=1, max_length=10_000)
    part_count: int | None = Field(default=None, ge=1, le=10_000)

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.parts is None) == (self.part_count is None):
            raise ValueError("give either parts or part_count")
        if self.parts is not None and len({part.number for part in self.parts}) != len(self.parts):
            raise ValueError("a part number appears twice")
        return self

    def announced(self) -> dict[int, str | None]:
        """Part number -> digest, or None where only a count was given."""
        if self.parts is not None:
            return {part.number: part.sha256 for part in self.parts}
        return dict.fromkeys(range(1, (self.part_count or 0) + 1))


class RecordIn(Body):
    """Push one record of a dataset."""

    period: Period
    record: dict[str, Any] = Field(
        min_length=1, max_length=100, description="fields by code or Chinese label, as in a file"
    )


class PartWarning(BaseModel):
    """Something about a part that did not reject a row."""

    code: str
    column: str
    message: str


class PartHeaders(BaseModel):
    """What the headers say about a part's body."""

    content_type: str | None = Field(default=None, description="text/csv may name a charset: utf-8, gbk, gb18030")
    content_encoding: str | None = Field(default=None, description="gzip or zstd")
    content_digest: str | None = Field(default=None, description="RFC 9530: sha-256=:<base64>:")


class PartOut(BaseModel):
    """Receipt of a part: its rows are durable, and count once the delivery is committed."""

    number: int
    sha256: str
    size_bytes: int
    format: Literal["ndjson", "csv", "xlsx", "record"]
    rows: int
    accepted: int
    rejected: int
    reject_counts: dict[str, int] = Field(description="rows by their first error code")
    warnings: list[PartWarning]
    received_at: AwareDatetime


class Receipt(BaseModel):
    """Receipt of a committed delivery (回执): every accepted row is durable and will be compared."""

    delivery_id: str
    receipt_no: str = Field(examples=["R-DS-MED-COST-202610-000000042"])
    dataset: str
    period: str
    rows_accepted: int
    rows_rejected: int = Field(description="duplicates included")
    rows_duplicate: int
    parts: int
    committed_at: AwareDatetime
    supersedes: str | None
    is_late: bool
    is_nil: bool


class DeliveryOut(BaseModel):
    """A delivery and what is known of it."""

    id: str
    dataset: str
    department: Department
    period: str
    area_code: str
    kind: Literal["full", "increment", "record"]
    state: Literal["open", "committed", "refused", "abandoned"]
    strict: bool
    is_nil: bool
    nil_reason: str | None
    due_on: date
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    superseded_by: str | None
    rejects_deleted_at: AwareDatetime | None
    rows_deleted_at: AwareDatetime | None = Field(
        description="明细行到期删除的时间: the rows were deleted when their retention ended; receipts and counts stay"
    )
    receipt: Receipt | None
    parts: list[PartOut] = Field(description="empty in lists")


class LedgerEntry(BaseModel):
    """How a department stands with a dataset for a period (报送台账)."""

    department: Department
    department_label: str
    dataset: str
    dataset_label: str
    period: str
    expected_by: date
    status: Literal["on_time", "late", "missing", "pending"]
    status_label: str = Field(examples=["按时报送"])
    received_at: AwareDatetime | None = Field(description="first commit; corrections do not move it")
    last_received_at: AwareDatetime | None
    deliveries: int = Field(description="commits for the period, corrections included")
    delivery_id: str | None = Field(description="the delivery that counts now")
    rows_accepted: int | None
    rows_rejected: int | None
    records: int = Field(description="single records pushed for the period")
    is_nil: bool


class Ledger(BaseModel):
    """The delivery ledger of a period and area."""

    period: str
    area_code: str
    entries: list[LedgerEntry]
