"""Tables of deliveries: the manifest of the lake."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=nullable))


class Delivery(Base, table=True):
    """What a department delivers for a dataset and a period; its rows count while it is committed.

    Attributes:
        is_mode_given: Its sender said what it is; where not, a file of mended rows may.
        is_addition: Its rows join the month's list instead of replacing it; so does a single record.
        corrects: The delivery whose rejected rows it mends.
        as_of: The newest day that its rows name as theirs; `None` where none does.
        identities_path, identities_key_id: Who its contradictory rows are about, sealed, and the key; `None`: none, or
            a key that is not on record.
        notes: What its receipt says beside the counts: code and figures.
        hold_reasons: Why it is or was held, with figures; `hold_due_on`: the day by which somebody decides.
        decided_by, decision_reason: Who released or withdrew it, and why.
    """

    id: str = Field(primary_key=True)
    dataset: str
    department: str
    period: str
    area_code: str
    kind: str
    state: str
    is_strict: bool = False
    is_nil: bool = False
    nil_reason: str | None = None
    opened_by: str
    opened_at: datetime = _instant()
    active_at: datetime = _instant()
    closed_at: datetime | None = _instant(nullable=True)
    commit_seq: int | None = None
    receipt_no: str | None = None
    rows_accepted: int | None = None
    rows_rejected: int | None = None
    rows_duplicate: int | None = None
    part_count: int | None = None
    token_key_id: str = "k1"  # noqa: S105 - an id, not a key
    due_on: date
    is_late: bool | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    exclusion_path: str | None = None
    identities_path: str | None = None
    identities_key_id: str | None = None
    rejects_deleted_at: datetime | None = _instant(nullable=True)
    rows_deleted_at: datetime | None = _instant(nullable=True)
    is_mode_given: bool = False
    is_addition: bool = False
    corrects: str | None = None
    as_of: date | None = None
    rows_quarantined: int = 0
    notes: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    hold_reasons: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    hold_due_on: date | None = None
    decided_by: str | None = None
    decided_at: datetime | None = _instant(nullable=True)
    decision_reason: str | None = None
    version: int = 1

    @property
    def is_list(self) -> bool:
        """Tell whether it is what its department says of a month and area, and replaces what was said before."""
        return self.kind != "record" and not self.is_addition


class DeliveryPart(Base, table=True):
    """A part of a delivery: where its rows are, and the receipt that was given for it."""

    __tablename__ = "delivery_part"

    delivery_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sha256: str
    size_bytes: int
    format: str
    rows: int
    accepted: int
    rejected: int
    reject_counts: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    warnings: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    path: str
    rejects_path: str | None = None
    reject_key_id: str = "r1"
    received_at: datetime = _instant()
    as_of: date | None = None


class RecordRow(Base, table=True):
    """The row of a record that was pushed singly: its tokens, and its typed fields."""

    __tablename__ = "record_row"

    delivery_id: str = Field(primary_key=True)
    dataset: str
    period: str
    area_code: str
    commit_seq: int
    id_token: str
    person_token: str
    known_on: date | None = None
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
