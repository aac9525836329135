"""What the API takes and gives about income plans and the cohorts that need them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, computed_field

from contracts.money import Money
from contracts.plan_codes import IncomeCohort, IncomeReason
from registry.planned import PlannedMeasure, PlanText
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

Area = Annotated[str | None, Field(pattern=r"^[0-9]{12}$", description="this area and what lies in it")]
Year = Annotated[int | None, Field(ge=2020, le=2999, description="null: this one")]
Level = Literal["village", "town", "county"]


class IncomePlanIn(Body):
    """A household's plan to raise its income (增收计划)."""

    model_config = examples(
        {
            "year": 2026,
            "needs": ["务工收入减少,希望就近就业"],
            "measures": [{"category": "M02", "item": "介绍帮扶车间就业", "due_on": "2026-04-30"}],
            "target": "12600.00",
            "responsible": "0199a5c0-0000-7000-8000-0000000000b1",
        }
    )

    year: int = Field(description="计划年度 / the year whose income it is to raise: this one or the next")
    needs: Annotated[list[PlanText], Field(min_length=1, max_length=20)]
    measures: Annotated[list[PlannedMeasure], Field(min_length=1, max_length=20)]
    target: Money = Field(description="目标人均纯收入 / net income a head that the year is to bring, in yuan")
    responsible: UUID = Field(
        description="who is responsible, by id on the roster: the household's helper, or somebody in office there"
    )


class IncomePlanOut(BaseModel):
    """One revision of a household's income plan."""

    household_id: str
    version: int
    year: int
    needs: list[str]
    measures: list[PlannedMeasure]
    target: Decimal
    responsible: str
    made_on: date
    recorded_at: datetime
    recorded_by: str


class IncomePlansOut(BaseModel):
    """A household's income plan, the revision that holds first."""

    items: list[IncomePlanOut]


class ProgressQuery(Body):
    """Whose progress, of which year, and by what; null means all that is the caller's."""

    area: Area = None
    year: Year = None
    by: Level = "village"


class Counted(BaseModel):
    """How many households, and how many of them have a plan of the year."""

    due: int = Field(description="应制定户数 / households in the cohort")
    planned: int = Field(description="已制定户数 / of them, those with a plan made or revised for the year")
    percent: Decimal = Field(description="完成率 / planned of due, in per cent, one decimal", examples=["87.5"])


class ReasonCount(Counted):
    """The same of the households whose income fell for one reason more than for any other."""

    reason: IncomeReason | None = Field(description="减收主要原因 / null where the income did not fall")

    @computed_field(description="减收原因 / the reason in Chinese")  # type: ignore[prop-decorator]
    @property
    def reason_label(self) -> str | None:
        """Give the reason's label."""
        return self.reason and self.reason.label


class CohortCount(Counted):
    """The same of one cohort; a household may be in several."""

    cohort: IncomeCohort | None = Field(description="群体 / null: each household once")
    reasons: list[ReasonCount]

    @computed_field(description="群体名称 / the cohort in Chinese")  # type: ignore[prop-decorator]
    @property
    def cohort_label(self) -> str | None:
        """Give the cohort's label."""
        return self.cohort and self.cohort.label


class ProgressRow(BaseModel):
    """How far an area has come."""

    area_code: str | None = Field(description="null where it is all of them together")
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")
    cohorts: list[CohortCount]


class ProgressOut(BaseModel):
    """How far the caller's areas have come with the plans of a year."""

    year: int
    due_on: date | None = Field(description="完成期限 / null where policy asks for none")
    items: list[ProgressRow]
    total: ProgressRow = Field(description="合计 / all of them together")


class MemberQuery(PageQuery):
    """Which households of the cohorts of a year a list shows; null means any."""

    area: Area = None
    year: Year = None
    cohort: IncomeCohort | None = None
    reason: IncomeReason | None = None
    is_planned: bool | None = Field(default=None, description="false: those that have no plan of the year")


class MemberOut(BaseModel):
    """A household that needs a plan of the year."""

    household_id: str
    hh_no: str
    area_code: str
    grid: str | None
    cohorts: list[IncomeCohort]
    reason: IncomeReason | None
    planned_on: date | None = Field(description="day of the first plan that counts; null: none yet")


class MemberRow(MemberOut, Titled):
    """A household in the list, with what people recognise it by."""


class MemberPage(SaysTitles):
    """A page of households, by village."""

    items: list[MemberRow]
    total: int = Field(description="households that the filters leave")
    next_cursor: str | None = None
