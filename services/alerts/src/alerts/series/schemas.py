"""Series on the wire."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from alerts.series.rules import Series
from contracts.indicators import PERIOD_FORM
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
PeriodName = Annotated[str, StringConstraints(pattern=PERIOD_FORM)]
SeriesId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,63}$")]
Source = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
Value = Annotated[Decimal, Field(max_digits=14, decimal_places=2, description="in the unit of the series")]


class ValueIn(Body):
    """A value of a series."""

    series: SeriesId
    area_code: AreaCode = Field(description="the area that it is about; the nation is 000000000000")
    period: PeriodName = Field(description="a year, or a quarter: what was published from 1 January to its end")
    value: Value
    source: Source = Field(description="来源文件 / the document that says so")


class ValuesIn(Body):
    """Values that an area keeps: all of them are entered, or none."""

    model_config = examples(
        {
            "kept_by": "990101000000",
            "values": [
                {
                    "series": "rural_disposable_growth",
                    "area_code": "990101000000",
                    "period": "2025",
                    "value": "7.10",
                    "source": "县统计公报 2025",
                }
            ],
        }
    )

    kept_by: AreaCode = Field(description="whose figures are held against them, with those of the areas below")
    values: list[ValueIn] = Field(min_length=1, max_length=500)


class CorrectionIn(Body):
    """What a value should have been."""

    model_config = examples({"value": "7.20", "source": "县统计局更正函", "note": "公报数据修订"})

    value: Value
    source: Source
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000)] = Field(
        description="更正原因 / why it is corrected"
    )


class SeriesQuery(PageQuery):
    """Which values a list shows; null means any."""

    kept_by: AreaCode | None = Field(default=None, description="those that this area, or one in it, keeps")
    series: SeriesId | None = None
    area: AreaCode | None = Field(default=None, description="those about this area")
    period: PeriodName | None = None


class VersionOut(BaseModel):
    """A version of a value."""

    version: int = Field(description="the greatest one stands")
    value: Decimal
    source: str
    note: str | None
    entered_by: str
    entered_at: datetime


class ValueOut(VersionOut):
    """A value of a series as it stands."""

    id: str
    kept_by: str
    series: str
    series_label: str = Field(description="the series' name in Chinese")
    unit: str
    area_code: str
    period: str


class ValueDetail(ValueOut):
    """The same, with every version that there was, the newest first."""

    versions: list[VersionOut]


class ValuePage(BaseModel):
    """A page of values, the newest entry first."""

    items: list[ValueOut]
    total: int = Field(description="values that the filters leave")
    next_cursor: str | None = None


class EnteredOut(BaseModel):
    """What was entered, in the order in which it was given."""

    items: list[ValueOut]


class CatalogueOut(BaseModel):
    """The series of which values can be entered."""

    items: list[Series]
