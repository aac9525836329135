"""The month's report on rectification on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from contracts.supervision import ProblemSource
from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class ReportIn(Body):
    """The report of an area for a month; its figures are the ledger's."""

    model_config = examples(
        {"area_code": "990101000000", "period": "2026-11", "note": "本月销号3项,2项逾期的已约谈责任单位"}
    )

    area_code: AreaCode
    period: Month
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=5000)] = Field(
        description="推进情况说明;更正时写明更正原因 / how it goes; of a later version, why it is given"
    )


class ReportQuery(PageQuery):
    """Which reports a list shows; null means any."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    period: Month | None = None


class Figures(BaseModel):
    """How many problems."""

    registered: int = Field(description="本月登记 / registered in the month")
    submitted: int = Field(description="本月报送 / handed in in the month")
    cleared: int = Field(description="本月销号 / cleared in the month")
    looked_back: int = Field(description="本月回头看 / found still right in the month")
    recurring: int = Field(description="本月反复 / registered as recurring, or found again by a look-back")
    standing: int = Field(description="月末未销号 / not cleared at the month's end")
    overdue: int = Field(description="月末逾期 / not handed in by their day at the month's end")


class FiguresOf(Figures):
    """The same, of a source and the unit that is responsible."""

    source: ProblemSource
    department: Department | None
    area_code: str = Field(description="the county of the department, or the township")


class ReportOut(BaseModel):
    """The report of an area for a month, as it was given."""

    id: str
    area_code: str
    period: str
    version: int = Field(description="the greatest one stands")
    totals: Figures
    rows: list[FiguresOf]
    note: str
    given_by: str
    given_at: datetime


class ReportPage(BaseModel):
    """A page of reports, the newest first."""

    items: list[ReportOut]
    next_cursor: str | None = None
