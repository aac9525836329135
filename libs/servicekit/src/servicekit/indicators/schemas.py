"""The list behind a number on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.indicators import PERIOD_FORM
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


class MemberQuery(PageQuery):
    """Which rows behind a number are wanted."""

    period: str = Field(pattern=PERIOD_FORM, description="2026-11, 2026-Q4 or 2026")
    area_code: AreaCode | None = Field(default=None, description="this area and what lies in it; all of the caller's")
    version: int | None = Field(default=None, ge=1, description="the newest if it is not said")
    dimension: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$", description="with `part`")
    part: str | None = Field(default=None, min_length=1, max_length=80, description="one part of the dimension")
    counted: Literal["numerator", "denominator", "rest"] = Field(
        default="numerator", description="rest: those of the denominator that are not in the numerator"
    )


class MemberOut(BaseModel):
    """A row behind a number, as it was when the number was computed."""

    subject_id: str = Field(description="of the resource that `subject` names")
    household_id: str | None
    area_code: str = Field(description="where it counted then")
    breakdowns: dict[str, Any] = Field(description="for each dimension its part or parts")
    numerator: str = Field(description="a decimal")
    denominator: str | None = Field(description="a decimal; null where the indicator has none")


class MemberRow(MemberOut, Titled):
    """A row behind a number, with what its household is recognised by, where the caller may see it."""


class MemberPage(SaysTitles):
    """A page of the rows behind a number, in order of area and subject."""

    indicator_id: str
    period: str
    version: int
    as_of: date
    computed_at: datetime
    subject: str = Field(description="what a row is: clue, household, duty ...")
    items: list[MemberRow]
    total: int = Field(description="rows that the filters leave")
    sum: str = Field(description="of what was asked for: equal to the number that stands in the sheet")
    unlisted: str = Field(description="what the number has beside these rows: counted without a list; 0 for numerators")
    next_cursor: str | None = None
