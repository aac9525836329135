"""HTTP models of deliveries."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from contracts.texts import HOLDS_ID_NUMBER
from contracts.vocabulary import Department
from servicekit.body import Body
from servicekit.page_query import PageQuery
from servicekit.refused import RefusedOut
from sharing.deliveries.plausibility import DoubtCode

Period = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"], description="数据期")]
ModeName = Literal["full", "incremental", "correction"]
State = Literal["open", "held", "committed", "withdrawn", "refused", "abandoned"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the part's bytes as sent, hex")]


AreaCode = Annotated[
    str | None,
    Field(pattern=r"^[0-9]{12}$", description="whose data it is; may be left out by a client with one area"),
]


class DeliveryIn(Body):
    """Open a delivery."""

    dataset: str = Field(max_length=40, examples=["DS-MED-COST"])
    period: Period
    area_code: AreaCode = None
    strict: bool = Field(default=False, description="严格模式: any rejected row refuses the whole delivery")
    mode: ModeName | None = Field(
        default=None,
        description="报送方式: full 全量(替换本期名单), incremental 增量(追加), correction 更正(改正后的行并入本期);"
        " default: as the dataset declares, or a correction where the file says so",
    )
    corrects: UUID | None = Field(
        default=None, description="更正批次: the delivery whose rejected rows are mended; only with mode correction"
    )

    @model_validator(mode="after")
    def _corrects_in_a_correction(self) -> Self:
        if self.corrects is not None and self.mode != "correction":
            raise ValueError("corrects belongs to mode correction")
        return self


class DeliveryQuery(PageQuery):
    """The query of the list of deliveries."""

    limit: int = Field(default=50, ge=1, le=200, description="items a page")
    dataset: str | None = Field(default=None, max_length=40)
    period: Period | None = None
    state: State | None = Field(default=None, description="held: those that wait to be believed (暂缓)")
    area: str | None = Field(
        default=None, pattern=r"^\d{12}$", description="of an area, and for wider ones that hold it"
    )
    has_refused: bool | None = Field(default=None, description="with an open decision that was refused as stale")
    overdue: bool = Field(default=False, description="仅逾期未处理的暂缓批次 / only held lists past their day")


class NilIn(Body):
    """Declare that there is nothing to deliver (零报告)."""

    dataset: str = Field(max_length=40, examples=["DS-CIV-TEMP"])
    period: Period
    area_code: AreaCode = None
    reason: str = Field(min_length=2, max_length=200, examples=["本月无新增临时救助"])


class DecisionIn(Body):
    """Decide about a held list."""

    reason: str = Field(min_length=2, max_length=500, examples=["已核对:合并乡镇后名单减少"])


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
    area_code: AreaCode = None
    record: dict[str, Any] = Field(
        min_length=1,
        max_length=100,
        description="fields by code or Chinese label, as in a file",
        json_schema_extra=HOLDS_ID_NUMBER,
    )


class PartWarning(BaseModel):
    """Something about a part that did not reject a row."""

    code: str
    column: str
    message: str


class PartHeaders(BaseModel):
    """What the headers say about a part's body."""

    content_type: str | None = Field(
        default=None,
        description="text/csv may name a charset: utf-8, utf-16, gbk, gb18030; a workbook may say `; hidden=skip`:"
        " hidden sheets are then not read (隐藏的工作表不读取), and the receipt names them",
    )
    content_encoding: str | None = Field(default=None, description="gzip or zstd")
    content_digest: str | None = Field(default=None, description="RFC 9530: sha-256=:<base64>:")


class PartOut(BaseModel):
    """Receipt of a part: its rows are durable, and count once the delivery is committed."""

    number: int
    sha256: str
    size_bytes: int
    format: Literal["ndjson", "csv", "xlsx", "xls", "record"]
    rows: int
    accepted: int
    rejected: int
    reject_counts: dict[str, int] = Field(description="rows by their first error code")
    warnings: list[PartWarning]
    received_at: AwareDatetime


class Note(BaseModel):
    """Something that a receipt says beside its counts."""

    code: str = Field(examples=["delivery.older_than_current"])
    message: str


class HoldReason(BaseModel):
    """Why a list is held: `rows` of `of_rows`, where the profile takes `limit` of them for plausible."""

    code: DoubtCode
    rows: int
    of_rows: int
    limit: str | None
    message: str


class Hold(BaseModel):
    """A list that waits to be believed (暂缓): the one before stays effective meanwhile."""

    reasons: list[HoldReason]
    owner_department: Department
    owner_area: str
    due_on: date = Field(description="the day by which the department or the bureau releases or withdraws it")
    is_overdue: bool = Field(description="逾期未处理: that day has passed")


class Receipt(BaseModel):
    """Receipt of a delivery (回执): every accepted row is durable; it is compared once the delivery counts."""

    delivery_id: str
    receipt_no: str = Field(examples=["R-DS-MED-COST-202610-000000042"])
    dataset: str
    period: str
    state: State = Field(description="held: received, and not effective until somebody releases it")
    mode: Literal["full", "incremental", "correction", "record"]
    corrects: str | None
    rows_accepted: int
    rows_rejected: int = Field(description="rows to be mended, the quarantined ones included")
    rows_duplicate: int = Field(description="rows that repeat another one with the same values: said once, used once")
    rows_quarantined: int = Field(description="rows of one key that contradict each other: none of them is used")
    parts: int
    committed_at: AwareDatetime
    supersedes: str | None
    is_late: bool
    is_nil: bool
    hold: Hold | None = Field(description="only while it is held")
    notes: list[Note]


class DeliveryOut(BaseModel):
    """A delivery and what is known of it."""

    id: str
    dataset: str
    department: Department
    period: str
    area_code: str
    kind: Literal["full", "increment", "correction", "record"]
    mode: Literal["full", "incremental", "correction", "record"]
    corrects: str | None
    as_of: date | None = Field(description="the newest day that a row names as its own")
    state: State
    strict: bool
    is_nil: bool
    nil_reason: str | None
    due_on: date
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    superseded_by: str | None
    hold: Hold | None = Field(description="only while it is held")
    decided_by: str | None = Field(description="who released or withdrew it")
    decided_at: AwareDatetime | None
    decision_reason: str | None
    version: int
    rejects_deleted_at: AwareDatetime | None
    rows_deleted_at: AwareDatetime | None = Field(
        description="明细行到期删除的时间: the rows were deleted when their retention ended; receipts and counts stay"
    )
    receipt: Receipt | None
    parts: list[PartOut] = Field(description="empty in lists")
    refused: list[RefusedOut] = Field(
        default=[], description="未生效的决定 / decisions refused because another one came first; empty in lists"
    )


class LedgerEntry(BaseModel):
    """How a department stands with a dataset for a period (报送台账)."""

    department: Department
    department_label: str
    dataset: str
    dataset_label: str
    period: str
    expected_by: date
    status: Literal["on_time", "late", "missing", "pending", "not_owed"]
    status_label: str = Field(examples=["按时报送"])
    received_at: AwareDatetime | None = Field(description="first commit; corrections do not move it")
    last_received_at: AwareDatetime | None
    deliveries: int = Field(description="commits for the period, corrections included")
    delivery_id: str | None = Field(description="the delivery that counts now")
    rows_accepted: int | None
    rows_rejected: int | None
    records: int = Field(description="single records pushed for the period")
    is_nil: bool
    held_delivery_id: str | None = Field(description="暂缓批次: a list of the period that waits to be believed")


class Ledger(BaseModel):
    """The delivery ledger of a period and area."""

    period: str
    area_code: str
    entries: list[LedgerEntry]
