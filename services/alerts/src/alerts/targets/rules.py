"""What a target may be, which of its versions a figure is held against, and whether it is reached. Pure.

Source: 确保…增长10%以上,达到19198元; 3月底完成年度目标任务1.78万人的90%,4月底全面完成 (RP-04, RP-06, RP-08).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from alerts.targets.texts import FAULTS, RULES, WHY
from contracts.errors import FieldError
from contracts.indicators import Period, PeriodKind
from servicekit import areas

Direction = Literal["at_least", "more_than", "at_most", "less_than"]
Measure = Literal["value", "growth"]
State = Literal["green", "red", "pending"]
Against = Literal["fixed", "series", "figure"]

_HUNDREDTH: Final = Decimal("0.01")
_UPWARDS: Final = ("at_least", "more_than")
_LENGTH: Final[Mapping[PeriodKind, int]] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Milestone:
    """What should be reached by a day within the period: a share of the target in per cent, or a value."""

    due_on: date
    share: Decimal | None = None
    value: Decimal | None = None

    def wanted(self, target: Decimal) -> Decimal:
        """Give the value that it asks for."""
        if self.value is not None:
            return self.value
        return (target * (self.share or 0) / 100).quantize(_HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a figure is held against.

    Attributes:
        kind: A value of its own (`fixed`), statistics from outside (`series`), or the same figure of another year or
            area (`figure`).
        area_code: Whose statistics or figure; None for the target's own area.
        years_back: 0 for the same period, 1 for that of the year before.
    """

    kind: Against = "fixed"
    series: str | None = None
    area_code: str | None = None
    years_back: int = 0


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """What is known of a series: its unit, and the levels of areas that it tells of."""

    unit: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A target as somebody proposes it."""

    area_code: str
    period: Period
    measure: Measure
    benchmark: Benchmark
    direction: Direction
    value: Decimal | None
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of an indicator.

    Attributes:
        unit: As figures are told: `percent` for rates.
        period: How long its own periods are.
    """

    unit: str
    period: PeriodKind
    is_ratio: bool


def unit_of(measure: Measure, kind: Kind) -> str:
    """Give the unit of what is compared: a growth is in per cent."""
    return "percent" if measure == "growth" else kind.unit


def flaws_of(said: Proposal, kind: Kind, series: SeriesKind | None, today: date) -> list[FieldError]:
    """Give everything that is wrong with a new target; empty when it may be proposed."""
    flaws: list[FieldError] = []
    if said.period.last < today:
        flaws.append(FieldError.told(FAULTS, "period.over", "/period"))
    if _LENGTH[said.period.kind] < _LENGTH[kind.period]:
        flaws.append(FieldError.told(FAULTS, "period.shorter", "/period"))
    return flaws + _benchmark_flaws(said, kind, series) + value_flaws(said, kind)


def _benchmark_flaws(said: Proposal, kind: Kind, series: SeriesKind | None) -> list[FieldError]:
    against = said.benchmark
    about = against.area_code or said.area_code
    flaws: list[FieldError] = []
    if against.kind == "fixed":
        if against != Benchmark():
            flaws.append(FieldError.told(FAULTS, "benchmark.unexpected", "/benchmark"))
        return flaws
    if not (areas.is_within(said.area_code, about) or areas.is_within(about, said.area_code)):
        flaws.append(FieldError.told(FAULTS, "benchmark.unrelated", "/benchmark/area_code"))
    if against.kind == "figure":
        if against.series is not None:
            flaws.append(FieldError.told(FAULTS, "benchmark.unexpected", "/benchmark/series"))
        if about == said.area_code and against.years_back == 0:
            flaws.append(FieldError.told(FAULTS, "benchmark.itself", "/benchmark"))
        return flaws
    if against.series is None or against.area_code is None:
        flaws.append(FieldError.told(FAULTS, "benchmark.series_missing", "/benchmark"))
    elif series is None:
        flaws.append(FieldError.told(FAULTS, "benchmark.series_unknown", "/benchmark/series"))
    else:
        if areas.level_of(about) not in series.levels:
            flaws.append(FieldError.told(FAULTS, "benchmark.level", "/benchmark/area_code"))
        if series.unit != unit_of(said.measure, kind):
            flaws.append(FieldError.told(FAULTS, "benchmark.unit", "/benchmark/series"))
    return flaws


def value_flaws(
    said: Proposal, kind: Kind, kept: Sequence[Milestone] = (), today: date | None = None
) -> list[FieldError]:
    """Give what is wrong with value and milestones.

    Args:
        kept: Milestones that stand: those whose day is over are not changed.
        today: When they are changed; None for a new target.
    """
    if said.benchmark.kind != "fixed":
        flaws = []
        if said.value is not None:
            flaws.append(FieldError.told(FAULTS, "value.unexpected", "/value"))
        if said.milestones:
            flaws.append(FieldError.told(FAULTS, "milestones.unexpected", "/milestones"))
        return flaws
    if said.value is None:
        return [FieldError.told(FAULTS, "value.missing", "/value")]
    flaws = []
    if said.measure == "value" and said.value < 0:
        flaws.append(FieldError.told(FAULTS, "value.negative", "/value"))
    if said.measure == "value" and kind.is_ratio and said.value > 100:
        flaws.append(FieldError.told(FAULTS, "value.above_all", "/value"))
    flaws += _milestone_flaws(said, said.value)
    if today is not None:
        over = {one for one in kept if one.due_on < today} ^ {one for one in said.milestones if one.due_on < today}
        if over:
            flaws.append(FieldError.told(FAULTS, "milestones.past", "/milestones"))
    return flaws


def _milestone_flaws(said: Proposal, value: Decimal) -> list[FieldError]:
    flaws: list[FieldError] = []
    days = [one.due_on for one in said.milestones]
    if days != sorted(set(days)):
        flaws.append(FieldError.told(FAULTS, "milestones.order", "/milestones"))
    for place, one in enumerate(said.milestones):
        at = f"/milestones/{place}"
        if not said.period.first <= one.due_on <= said.period.last:
            flaws.append(FieldError.told(FAULTS, "milestones.outside", f"{at}/due_on"))
        if (one.share is None) == (one.value is None):
            flaws.append(FieldError.told(FAULTS, "milestones.one_of", at))
        elif said.direction in _UPWARDS and one.wanted(value) > value:
            flaws.append(FieldError.told(FAULTS, "milestones.beyond", at))
    return flaws


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a target that was approved."""

    version: int
    value: Decimal | None
    direction: Direction
    milestones: tuple[Milestone, ...]
    approved_at: datetime


def held_at(versions: Sequence[Version], at: datetime | None) -> Version:
    """Give the version that a figure is held against: the last one approved by the time that it was frozen.

    A figure that was frozen before anything was approved is held against the first version.

    Args:
        versions: In order; at least one.
        at: When the figure was frozen; None where it is not there: the version that stands.
    """
    if at is None:
        return versions[-1]
    return ([one for one in versions if one.approved_at <= at] or versions[:1])[-1]


def is_met(direction: Direction, actual: Decimal, wanted: Decimal) -> bool:
    """Tell whether a figure is what was wanted."""
    return {
        "at_least": actual >= wanted,
        "more_than": actual > wanted,
        "at_most": actual <= wanted,
        "less_than": actual < wanted,
    }[direction]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is reached, and the rule that decided it.

    Attributes:
        wanted: What was wanted; None where it is not known.
        gap: `actual - wanted`; None where either is not known.
        rule, why: As people read them, Chinese first.
    """

    state: State
    wanted: Decimal | None
    actual: Decimal | None
    gap: Decimal | None
    rule: str | None
    why: str


def verdict(
    direction: Direction,
    actual: Decimal | None,
    wanted: Decimal | None,
    *,
    missing: tuple[str, str] = ("no_figure", ""),
    is_due: bool = True,
) -> Verdict:
    """Judge a figure: pending while it is not due, or something is not known; never red for what is missing.

    Args:
        missing: Why there is nothing to judge, if there is not: a key of the reasons, and the period that it names.
    """
    rule = None if wanted is None else RULES[direction].format(wanted=_plain(wanted))
    gap = None if actual is None or wanted is None else actual - wanted
    if not is_due:
        return Verdict("pending", wanted, actual, gap, rule, WHY["not_due"])
    if actual is None or wanted is None:
        return Verdict("pending", wanted, actual, gap, rule, WHY[missing[0]].format(period=missing[1]))
    if is_met(direction, actual, wanted):
        return Verdict("green", wanted, actual, gap, rule, WHY["met"])
    return Verdict("red", wanted, actual, gap, rule, WHY["missed"])


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
