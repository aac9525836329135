"""What became of departments' findings, in rounds that the department acknowledges."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, ForeignKey, Uuid
from sqlmodel import Field

from servicekit.tables import Base


class FeedbackRound(Base, table=True):
    """What was decided of a department's findings in a county, from its first result until the department has read it.

    A department has one round open in a county at a time.
    """

    __tablename__ = "feedback_round"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str
    department: str
    opened_on: date
    due_on: date
    acknowledged_on: date | None = None
    acknowledged_by: str | None = None


class FindingFeedback(Base, table=True):
    """What the verification of a clue said of a finding behind it; never changed."""

    __tablename__ = "finding_feedback"

    clue_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("clue.id"), primary_key=True))
    finding_id: str = Field(primary_key=True)
    round_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("feedback_round.id"), nullable=False))
    rule_id: str
    period: str | None = None
    household_id: str
    person_id: str | None = None
    area_code: str
    result: str
    reason: str | None = None
    decided_on: date
