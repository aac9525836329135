"""The table of what departments gave households."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class Aid(Base, table=True):
    """What a row of a department's list said last of a household, as it was announced.

    Attributes:
        household_id: Where its person was a member when it was first told; whoever moves on does not take it along.
        named_by: The code that says more, of the field that the dataset declares.
        row_period: Of the delivery that the row is in.
        period: The newest whose comparison found the row.
        run_id: The comparison that announced it.
        ended_by: The one that did not find the row any more; None while it stands.
        was_wrong: The delivery that had the row has it no more; else a newer list does not list it.
    """

    __tablename__ = "aid"

    aid_id: str = Field(primary_key=True)
    household_id: str
    person_id: str
    dataset: str
    named_by: str | None = None
    given_on: date | None = None
    until: date | None = None
    amount: Decimal | None = None
    row_period: str
    period: str
    run_id: str
    told_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ended_by: str | None = None
    was_wrong: bool | None = None
    ended_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
