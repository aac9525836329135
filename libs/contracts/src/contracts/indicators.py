"""Every indicator (指标), read from indicators.toml, its periods, and the events that carry its values. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.area_vocabulary import AreaTag
from contracts.duties import KINDS as DUTIES
from contracts.envelope import EventData
from contracts.fields.person_codes import PublicPost
from contracts.parameters import Words
from contracts.plan_codes import IncomeCohort, IncomeReason, MeasureCategory
from contracts.vocabulary import (
    CampaignKind,
    CampaignTaskState,
    Channel,
    Department,
    Guarantee,
    HouseholdType,
    Labelled,
    MonitorCategory,
    Relief,
    RiskType,
    Severity,
)

PeriodKind = Literal["month", "quarter", "year"]
Service = Literal["registry", "sharing", "alerts"]
WHOLE: Final = ""
"""The dimension of a value that is not broken down."""

NAME_FORM: Final = r"^[a-z][a-z0-9_]{2,47}$"
PERIOD_FORM: Final = r"^20[0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]))?$"
HIDDEN_BELOW: Final = 5
"""Counts below it are shown as "<5" to who is outside the county (domain: small-cell protection)."""

_MONTHS: Final[Mapping[PeriodKind, int]] = {"month": 1, "quarter": 3, "year": 12}


class Kind(Labelled):
    """What a value is made of."""

    COUNT = "count", "计数", "members are counted: every numerator is 1, there is no denominator"
    SUM = "sum", "合计", "numerators are added up, there is no denominator"
    RATIO = "ratio", "比率", "numerators over denominators, in per cent"
    MEAN = "mean", "平均", "numerators over denominators"


class Section(Labelled):
    """Where an indicator stands in sheets and reports."""

    CLUES = "clues", "线索", "clues"
    OBJECTS = "objects", "监测对象", "monitored households and persons"
    PLANS = "plans", "计划与措施", "plans and measures"
    GUARANTEES = "guarantees", "三保障和饮水", "three guarantees and water"
    DATA = "data", "数据报送与质量", "delivery and quality of data"
    DUTIES = "duties", "到期事项", "duties"
    PUBLIC = "public", "公示公告", "notices and stations"
    SWEEPS = "sweeps", "排查", "sweeps"
    INCOME = "income", "增收", "income"
    EMPLOYMENT = "employment", "就业", "employment"
    FUNDS = "funds", "资金与项目", "funds and projects"


class Sheet(Labelled):
    """What a county gives of its figures."""

    MONTHLY = "monthly", "月调度表", "monthly sheet (RP-01)"
    QUARTERLY = "quarterly", "季度报告", "quarterly report (RP-02)"
    BULLETIN = "bulletin", "月通报", "monthly bulletin (RP-03)"


CODES: Final[Mapping[str, type[Labelled]]] = {
    "campaign": CampaignKind,
    "category": MonitorCategory,
    "channel": Channel,
    "cohort": IncomeCohort,
    "department": Department,
    "guarantee": Guarantee,
    "measure": MeasureCategory,
    "post": PublicPost,
    "reason": IncomeReason,
    "relief": Relief,
    "risk": RiskType,
    "severity": Severity,
    "tag": AreaTag,
    "type": HouseholdType,
    "visit": CampaignTaskState,
}
"""The code lists whose members the parts of a dimension are."""

NO_PART: Final = "none"
"""The part of who stands in none."""

_NAMES: Final[Mapping[str, Words]] = {
    "age/to_30_days": Words(zh="30天以内", en="up to 30 days"),
    "age/to_90_days": Words(zh="31至90天", en="31 to 90 days"),
    "age/over_90_days": Words(zh="90天以上", en="more than 90 days"),
}
_NOT_SAID: Final = Words(zh="未列明", en="not said")


def part_words(dimension: str, part: str) -> Words:
    """Give what a part of a dimension is called; its code where no list names it (rules, datasets)."""
    if dimension == "duty" and part in DUTIES:
        return Words(zh=DUTIES[part].zh, en=DUTIES[part].en)
    try:
        member = CODES[dimension](part)
    except (KeyError, ValueError):
        return _NAMES.get(f"{dimension}/{part}") or (_NOT_SAID if part == NO_PART else Words(zh=part, en=part))
    return Words(zh=member.label, en=member.english)


class Indicator(BaseModel):
    """An indicator; see the head of indicators.toml.

    Attributes:
        subject: What a row behind the number is: the name of a resource of the owning service.
        dimensions: By what its SQL breaks the number down; a member may be in several parts of one.
        as_it_stood: The SQL tells what stood at the period's end, so that later months begin with it; otherwise what
            happened within the period.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=NAME_FORM)
    service: Service
    zh: str
    en: str
    definition: Words
    unit: Words
    kind: Kind
    period: PeriodKind = "month"
    better: Literal["more", "less", "neither"]
    subject: str = Field(pattern=r"^[a-z_]+$")
    dimensions: tuple[str, ...] = ()
    as_it_stood: bool = False
    section: Section
    sheets: tuple[Sheet, ...] = ()
    requirements: tuple[str, ...] = Field(min_length=1)

    @property
    def has_denominator(self) -> bool:
        """Tell whether its value is a quotient."""
        return self.kind in (Kind.RATIO, Kind.MEAN)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month, quarter or year: its first and last day, both included, and its name: `2026-11`, `2026-Q4`, `2026`."""

    first: date
    last: date
    name: str

    @property
    def kind(self) -> PeriodKind:
        """Tell how long it is."""
        return "year" if len(self.name) == 4 else "quarter" if "Q" in self.name else "month"

    @property
    def before(self) -> Period:
        """Give the one before, of the same length."""
        return period_with(self.first - timedelta(days=1), self.kind)


def period_with(day: date, kind: PeriodKind) -> Period:
    """Give the period of a kind that a day lies in."""
    months = _MONTHS[kind]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    after = first.month - 1 + months
    last = date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    names = {"month": f"{first:%Y-%m}", "quarter": f"{first:%Y}-Q{(first.month + 2) // 3}", "year": f"{first:%Y}"}
    return Period(first, last, names[kind])


def period_of(name: str) -> Period:
    """Give a period by its name, which has the form of one."""
    year, _, part = name.partition("-")
    if not part:
        return period_with(date(int(year), 1, 1), "year")
    if part.startswith("Q"):
        return period_with(date(int(year), 3 * int(part[1]), 1), "quarter")
    return period_with(date(int(year), int(part), 1), "month")


class Cell(BaseModel):
    """What an indicator comes to in one area, and in one part of one dimension of it.

    Attributes:
        area_code: As deep as the facts say: a village, or what is a township's or county's own.
        dimension, part: `risk`, `illness`; both empty for all of it.
        numerator, denominator: Decimals; the denominator is null where there is none. Both add up over areas.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    area_code: str = Field(pattern=r"^\d{12}$")
    dimension: str = WHOLE
    part: str = WHOLE
    numerator: str
    denominator: str | None = None


class Computed(EventData):
    """Base of what announces one part of one version of an indicator for a period.

    `cells` are those of one township, or of what is no township's; a version is whole once all of its `parts` came.
    """

    indicator_id: str = Field(pattern=NAME_FORM)
    period: str = Field(pattern=PERIOD_FORM)
    version: int = Field(ge=1, description="of this indicator and period; a later one does not change those before")
    as_of: date = Field(description="the last day that it tells of; before the period's end it is preliminary")
    computed_at: AwareDatetime
    why: str = Field(description="`calendar`, or what whoever asked for it said")
    request_id: str | None = Field(default=None, description="the recomputation that asked for it")
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    cells: list[Cell] = []


def _indicators() -> Iterator[tuple[str, Indicator]]:
    declared = tomllib.loads((files("contracts") / "indicators.toml").read_text(encoding="utf-8"))
    for name, entry in declared.items():
        yield name, Indicator(id=name, **entry)


INDICATORS: Final[Mapping[str, Indicator]] = dict(_indicators())


def of_service(service: str) -> list[Indicator]:
    """Give the indicators whose facts a service owns."""
    return [indicator for indicator in INDICATORS.values() if indicator.service == service]
