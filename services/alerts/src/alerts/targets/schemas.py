"""Targets on the wire."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from alerts.targets.rules import Against, Direction, Measure, State
from contracts.indicators import NAME_FORM, PERIOD_FORM
from contracts.vocabulary import Department
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
PeriodName = Annotated[str, StringConstraints(pattern=PERIOD_FORM)]
IndicatorId = Annotated[str, StringConstraints(pattern=NAME_FORM)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000)]
Value = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class MilestoneIn(Body):
    """What should be reached by a day: a share of the target, or a value."""

    due_on: date
    share: Decimal | None = Field(
        default=None,
        gt=0,
        le=1000,
        max_digits=6,
        decimal_places=2,
        description="占目标的百分比 / per cent of the value",
    )
    value: Value | None = None


class BenchmarkIn(Body):
    """What the figure is held against."""

    kind: Against = Field(
        default="fixed",
        description="a value of its own, statistics from outside, or the same figure of elsewhere or before",
    )
    series: str | None = Field(default=None, pattern=r"^[a-z][a-z_]{2,63}$", description="of GET /v1/series")
    area_code: AreaCode | None = Field(default=None, description="whose; null for the target's own area")
    years_back: Literal[0, 1] = Field(default=0, description="1: of the year before")


class VersionIn(Body):
    """How a target reads."""

    direction: Direction = "at_least"
    value: Value | None = Field(default=None, description="in the indicator's unit; of a growth in per cent")
    milestones: list[MilestoneIn] = Field(default=[], max_length=24)
    source: Text = Field(description="来源文件 / the document that sets it")


class TargetIn(VersionIn):
    """What a figure of an area should be in a period; it counts once a second person has approved it."""

    model_config = examples(
        {
            "area_code": "990101000000",
            "indicator": "workers",
            "period": "2027",
            "value": "17800",
            "milestones": [{"due_on": "2027-03-31", "share": "90"}, {"due_on": "2027-04-30", "share": "100"}],
            "source": "县委农村工作领导小组 2027年工作要点",
        }
    )

    area_code: AreaCode
    department: Department | None = Field(default=None, description="who answers for it, if a department does")
    indicator: IndicatorId
    measure: Measure = Field(default="value", description="the figure itself, or its growth against the year before")
    benchmark: BenchmarkIn = BenchmarkIn()
    period: PeriodName


class RevisionIn(VersionIn):
    """How a target should read from now on; it counts once a second person has approved it."""

    model_config = examples(
        {"value": "18000", "milestones": [], "source": "县政府常务会议纪要", "note": "年中上调目标"}
    )

    note: Text = Field(description="为什么更改 / why it is changed")


class DecisionIn(Body):
    """What the second person decides."""

    model_config = examples({"agrees": True, "note": "与年度工作要点一致"})

    agrees: bool
    note: Text


class TargetQuery(PageQuery):
    """Which targets a list shows; null means any."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    indicator: IndicatorId | None = None
    department: Department | None = None
    period: PeriodName | None = None
    state: Literal["proposed", "standing", "rejected"] | None = Field(
        default=None, description="waits for a decision; is approved; was never approved"
    )


class ProgressQuery(Body):
    """As of which day progress is told."""

    as_of: date | None = Field(default=None, description="today, if it is not said")


class MilestoneOut(BaseModel):
    """What should be reached by a day."""

    due_on: date
    share: Decimal | None = None
    value: Decimal | None = None


class VersionOut(BaseModel):
    """A version of a target."""

    version: int
    value: Decimal | None
    direction: Direction
    milestones: list[MilestoneOut]
    source: str
    note: str | None
    proposed_by: str
    proposed_at: datetime
    decision: Literal["approved", "rejected", "replaced"] | None = Field(description="null while it waits")
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None


class BenchmarkOut(BaseModel):
    """What the figure is held against."""

    kind: Against
    series: str | None
    area_code: str | None
    years_back: int


class TargetOut(BaseModel):
    """A target, with each version of it, the newest first."""

    id: str
    area_code: str
    department: Department | None
    indicator: str
    indicator_label: str = Field(description="the indicator's name in Chinese")
    measure: Measure
    unit: str
    benchmark: BenchmarkOut
    period: str
    standing: int | None = Field(description="the version that is approved; null until one is")
    proposed: int | None = Field(description="the version that waits for a decision")
    revision: int = Field(description="grows with every change; what the ETag says")
    versions: list[VersionOut]


class TargetPage(BaseModel):
    """A page of targets, the newest first."""

    items: list[TargetOut]
    total: int = Field(description="targets that the filters leave")
    next_cursor: str | None = None


class VerdictOut(BaseModel):
    """Whether something is reached, and by which rule."""

    state: State
    wanted: Decimal | None = Field(description="null where it is not known; never zero for what is missing")
    actual: Decimal | None
    gap: Decimal | None = Field(description="actual - wanted")
    rule: str | None
    why: str
    version: int | None = Field(
        description="of the target that it was held against: that of when the figure was frozen"
    )
    newer: Decimal | None = Field(
        default=None, description="what the version that stands now asks for, where that is something else"
    )


class FigureOut(BaseModel):
    """The figure of a period, frozen."""

    period: str
    version: int
    value: Decimal | None
    counted: Decimal | None = Field(description="the denominator: what a mean or rate is of")
    frozen_at: datetime


class PeriodProgress(VerdictOut):
    """A month, quarter or year within the target's period."""

    period: str
    figures: list[FigureOut] = Field(description="what it was computed from")
    benchmark_source: str | None = Field(
        default=None, description="where the statistics that it is held against are from"
    )
    benchmark_entries: list[str] = Field(default=[], description="ids of series values")


class MilestoneProgress(VerdictOut):
    """A milestone, judged by the figure of the last period that ended by its day."""

    due_on: date
    share: Decimal | None
    period: str
    dropped: bool = Field(default=False, description="the version that stands now has none of this day")


class ProgressOut(BaseModel):
    """How far a target is."""

    target: TargetOut
    as_of: date
    result: VerdictOut = Field(description="of the whole period: pending until its last figure is due")
    latest: PeriodProgress | None = Field(description="of the last period with a figure")
    periods: list[PeriodProgress]
    milestones: list[MilestoneProgress]


class ReadyMade(BaseModel):
    """A target as policy papers set it, ready to be given to `POST /v1/targets`, with area and period put in."""

    id: str
    zh: str
    en: str
    requirements: list[str]
    target: TargetIn


class ReadyMadeQuery(Body):
    """For whom and when."""

    area: AreaCode
    year: int = Field(ge=2020, le=2099)


class ReadyMadeOut(BaseModel):
    """Targets that a county can adopt, or change before it does."""

    items: list[ReadyMade]
