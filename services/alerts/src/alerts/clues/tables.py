"""Clues, their sources and their verifications."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Computed, ForeignKey, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from servicekit.tables import Base, changed_in


class Clue(Base, table=True):
    """A clue (线索). At most one is open for a household and risk type."""

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    household_id: str
    is_provisional: bool = False
    area_code: str
    town_code: str = Field(sa_column=Column(Text, Computed("left(area_code, 9) || '000'"), nullable=False))
    risk_type: str
    severity: str
    state: str
    is_open: bool = Field(
        sa_column=Column(
            Boolean, Computed("state IN ('new', 'dispatched', 'verifying', 'unreachable')"), nullable=False
        )
    )
    version: int = 1
    channels: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    rule_ids: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    source_count: int
    latest_period: str | None = None
    raised_at: datetime
    due_at: datetime | None = None
    due_from_at: datetime | None = None
    due_severity: str | None = None
    dispatched_to: str | None = None
    dispatched_at: datetime | None = None
    is_overdue: bool = False
    escalated_to: str | None = None
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    verified_at: datetime | None = None
    visited_on: date | None = None
    ground_gone_at: datetime | None = None
    closed_because: str | None = None
    result_reason: str | None = None
    exclusion_id: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False)))
    episode_id: str | None = None
    updated_at: datetime
    changed_in: int = changed_in()


class ClueSource(Base, table=True):
    """Something that speaks for a clue, with its evidence: a finding, an application or a visit."""

    __tablename__ = "clue_source"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    clue_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("clue.id"), nullable=False))
    household_id: str
    channel: str
    finding_id: str | None = None
    rule_id: str | None = None
    rule_version: int | None = None
    person_id: str | None = None
    period: str | None = None
    severity: str
    evidence: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    numbers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    fact_names: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    text: dict[str, str] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    profile_version: int | None = None
    deliveries: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    found_at: datetime
    is_suppressed: bool = False
    is_policy_gap: bool = False
    department: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_run: str | None = None
    via: str | None = None
    note: str | None = None
    visitors: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    occurred_on: date | None = None
    reported_by: str | None = None


class VerificationRecord(Base, table=True):
    """What verifiers found, as it was recorded; never changed."""

    __tablename__ = "verification"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    clue_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("clue.id"), nullable=False))
    clue_version: int
    result: str
    reason: str | None = None
    note: str
    verifiers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    visited_on: date
    recorded_at: datetime
    recorded_by: str
    is_late: bool = False
    attachments: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False), default=[])


class ExclusionDecision(Base, table=True):
    """What a second person said to a verification that would exclude a clue; never changed."""

    __tablename__ = "exclusion_decision"

    verification_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("verification.id"), primary_key=True))
    clue_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("clue.id"), nullable=False))
    town_code: str
    agrees: bool
    note: str
    decided_by: str
    decided_at: datetime
