"""What the API takes and gives about shortfalls."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.parameters import Words
from contracts.vocabulary import Department, Guarantee
from registry.shortfalls.rules import By
from servicekit.body import Body
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

_Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class _ShortfallFilter(Body):
    area: _Code | None = Field(default=None, description="this area and what lies in it")
    grid: str | None = Field(default=None, min_length=1, max_length=64, description="households of this grid")
    guarantee: Guarantee | None = None
    department: Department | None = Field(default=None, description="whose guarantees; see `guarantee`")
    as_of: date | None = Field(
        default=None, description="as it was known at the end of that day, a month's last for instance; today otherwise"
    )


class ShortfallQuery(PageQuery, _ShortfallFilter):
    """Which shortfalls a list shows; those that are open unless `state` says otherwise."""

    state: Literal["open", "closed", "any"] = "open"
    overdue: bool | None = Field(default=None, description="open, and its day past")
    household_id: UUID | None = None


class ShortfallCountQuery(_ShortfallFilter):
    """What is counted, and by which areas."""

    by: By = Field(default="village", description="areas of this level")


class ShortfallOut(BaseModel):
    """What a household lacks of a guarantee, or lacked."""

    household_id: str
    area_code: str
    guarantee: Guarantee
    department: Department = Field(description="责任部门 / whose guarantee it is")
    since_on: date = Field(description="the day that the status which showed it tells of")
    opened_on: date = Field(description="发现日期 / the day on which it became known here")
    source: str = Field(description="`visit`，或部门数据集 / `visit`, or the dataset of a department, that showed it")
    detail: Words | None = Field(description="部门数据怎么说 / what the department's data said")
    note: str | None = Field(description="what the visit noted")
    due_on: date = Field(description="整改期限 / the day by which it is to be mended (guarantees.*_days)")
    state: Literal["open", "closed"]
    is_overdue: bool
    age_days: int = Field(description="from `since_on` to the day that it was closed, else to the day looked at")
    closed_on: date | None = Field(description="销号日期 / the day on which it became known that it is mended")
    closed_by: str | None = Field(
        description="`visit` or a dataset that says it is safe; `withdrawn`: the department took its word back;"
        " `household_ended`: the household is registered no more"
    )


class ShortfallRow(ShortfallOut, Titled):
    """A shortfall, with what people recognise its household by."""


class ShortfallPage(SaysTitles):
    """A page of shortfalls, those known longest first."""

    items: list[ShortfallRow]
    total: int = Field(description="shortfalls that the filters leave")
    as_of: date
    next_cursor: str | None = None


class ShortfallTotal(BaseModel):
    """How many shortfalls there are of a guarantee."""

    guarantee: Guarantee
    department: Department
    open: int
    overdue: int
    closed: int
    households: int = Field(description="households with an open one")
    opened_in_month: int = Field(description="in the month of `as_of`, up to that day")
    closed_in_month: int
    oldest_since_on: date | None = Field(description="of the open ones")
    oldest_days: int | None = Field(description="how many days the oldest is open")
    is_cleared: bool = Field(description="动态清零 / none is open")


class ShortfallCount(ShortfallTotal):
    """How many shortfalls of a guarantee an area has."""

    area_code: str
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")


class ShortfallCounts(BaseModel):
    """Shortfalls by guarantee and area; an area without any is absent, a guarantee without any counts none."""

    items: list[ShortfallCount]
    totals: list[ShortfallTotal]
    as_of: date
