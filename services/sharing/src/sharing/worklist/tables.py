"""The table of rows that wait for a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.tables import Base


class WorklistRow(Base, table=True):
    """A row that could not be used, or somebody whom a rule cannot check, by what makes it one question.

    Attributes:
        id_token, person_token: The question: number and name of a delivered row; of `unchecked` ones the id of the
            person or household in the register, and the rule.
        area_code: Where its person is registered, or the area it was delivered for.
        delivery_id, part_no, line_no: Where the row stood when it was met last; null where nobody delivered it.
        history: What became of it, oldest first: state, who, when, why.
    """

    __tablename__ = "worklist_row"

    id: str = Field(primary_key=True)
    kind: str
    dataset: str
    department: str
    period: str
    area_code: str
    delivery_id: str | None
    part_no: int | None
    line_no: int | None
    id_token: str
    person_token: str
    household_id: str | None
    person_id: str | None
    state: str
    due_on: date
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    decided_by: str | None
    decided_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    reason: str | None
    version: int
    history: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class WorklistRest(Base, table=True):
    """How many rows of one cause in an area are not listed one by one.

    Attributes:
        cause: The delivery, or the rule that cannot check.
    """

    __tablename__ = "worklist_rest"

    kind: str = Field(primary_key=True)
    dataset: str = Field(primary_key=True)
    cause: str = Field(primary_key=True)
    area_code: str = Field(primary_key=True)
    department: str
    period: str
    rows: int
