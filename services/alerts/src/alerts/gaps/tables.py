"""Policy gaps and what was said to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Uuid
from sqlmodel import Field

from servicekit.tables import Base


class PolicyGap(Base, table=True):
    """What a department owes; its household and area are its clue's.

    Attributes:
        rule_id: The rule that found it; null where an application or a visit told of the need.
        person_id: Who lacks it; null where it is the household.
        counts_from, due_on: The day from which the department's time counts, and the one by which it answers.
        result, reason, granted_on: What it said last; null once the township objected.
        answered_on: The day of that answer.
        returned_on, review_due_on, reviewed_on: When the township got it back, by when it looks, when it did.
        withdrawn_on: Since when nothing speaks for it.
    """

    __tablename__ = "policy_gap"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    clue_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("clue.id"), nullable=False))
    department: str
    rule_id: str | None = None
    person_id: str | None = None
    state: str
    version: int = 1
    counts_from: date
    due_on: date
    result: str | None = None
    reason: str | None = None
    granted_on: date | None = None
    answered_on: date | None = None
    returned_on: date | None = None
    review_due_on: date | None = None
    reviewed_on: date | None = None
    withdrawn_on: date | None = None
    updated_at: datetime


class GapStep(Base, table=True):
    """What became of a gap at a version, and who said so; never changed."""

    __tablename__ = "policy_gap_step"

    gap_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("policy_gap.id"), primary_key=True))
    version: int = Field(primary_key=True)
    state: str
    result: str | None = None
    reason: str | None = None
    granted_on: date | None = None
    note: str = ""
    by: str | None = None
    at: datetime
