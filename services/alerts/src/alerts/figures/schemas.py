"""Indicators and figures on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.indicators import NAME_FORM, PERIOD_FORM, Indicator
from contracts.parameters import Words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Level = Literal["city", "county", "township", "village"]


class IndicatorOut(Indicator):
    """An indicator of the catalogue."""

    period_name: Words = Field(description="月、季、年 / how long its period is")
    latest: str | None = Field(description="the newest period of which there are figures; null: none yet")


class IndicatorsOut(BaseModel):
    """The catalogue."""

    items: list[IndicatorOut]


class FigureQuery(PageQuery):
    """Which figures of an indicator are wanted."""

    period: str = Field(pattern=PERIOD_FORM, description="2026-11, 2026-Q4 or 2026")
    area_code: AreaCode | None = Field(default=None, description="the area; the caller's own if it is not said")
    level: Level | None = Field(default=None, description="rows of these areas within it; none: it alone")
    dimension: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$", description="a row for each of its parts")
    version: int | None = Field(default=None, ge=1, description="the newest if it is not said")


class FigureOut(BaseModel):
    """What an indicator comes to in an area, or in a part of it. Numbers are decimals as text."""

    area_code: str
    area_name: str | None = Field(description="null where the area is not known any more")
    part: str | None = Field(description="of the dimension; null: all of it")
    part_name: Words | None = Field(description="what the part is called; null: all of it")
    numerator: str | None
    denominator: str | None
    value: str | None = Field(description="null where there is none; `lacks` says why")
    shown: str | None = Field(description="as a sheet shows it: `<5` where it is hidden outside the county")
    lacks: Words | None = Field(description="why there is no value")
    members: str | None = Field(description="the list behind the number; null where it is hidden")


class FigureVersionOut(BaseModel):
    """A version of an indicator's figures for a period."""

    version: int
    as_of: date
    computed_at: datetime
    why: str
    request_id: str | None


class FigurePage(BaseModel):
    """Figures of an indicator for a period, in order of areas and parts.

    Attributes:
        state: `pending`: the service that owns the facts has not computed it, which is not zero; `preliminary`: as of a
            day before the period's end; `final` otherwise.
    """

    indicator_id: str
    period: str
    state: Literal["pending", "preliminary", "final"]
    missing: list[Words] = Field(description="what has not come: empty where the figures are whole")
    version: int | None
    as_of: date | None
    computed_at: datetime | None
    versions: list[FigureVersionOut] = Field(description="all that can be read, the newest first")
    whole: FigureOut | None = Field(description="of the area that was asked for; null while pending")
    items: list[FigureOut]
    total: int = Field(description="rows that the filters leave")
    next_cursor: str | None = None


class RecomputationIn(Body):
    """What is to be computed again, and why."""

    model_config = examples({"period": "2026-11", "indicator_ids": ["clues_raised"], "why": "数据更正后重算"})

    period: str = Field(pattern=PERIOD_FORM)
    indicator_ids: Annotated[
        list[Annotated[str, StringConstraints(pattern=NAME_FORM)]], Field(min_length=1, max_length=200)
    ]
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]


class RecomputedOut(BaseModel):
    """How far one indicator of a recomputation is."""

    indicator_id: str
    state: Literal["pending", "done"]
    version: int | None = Field(description="that it gave")


class RecomputationOut(BaseModel):
    """A recomputation and how far it is."""

    id: str
    period: str
    why: str
    asked_by: str
    asked_at: datetime
    state: Literal["pending", "done"]
    items: list[RecomputedOut]
