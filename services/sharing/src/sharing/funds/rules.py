"""How far a fund must be spent by when. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from contracts.parameters import Profile

Status = Literal["green", "red", "not_due"]

_MILESTONES: Final[tuple[tuple[int, str], ...]] = (
    (3, "funds.spent_by_march"), (6, "funds.spent_by_june"), (9, "funds.spent_by_september"),
    (12, "funds.spent_by_december"),
)  # fmt: skip
_INDUSTRY: Final[Mapping[str, str]] = {
    "central": "funds.industry_share_central",
    "province": "funds.industry_share_province",
}
_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Milestone:
    """What share of a fund is to be spent by the end of a day, and the parameter that says so."""

    by: date
    share: Decimal
    parameter: str


@dataclass(frozen=True)
class Standing:
    """How a fund stands at the end of a month.

    Attributes:
        progress: Spent of what was assigned; `None` where nothing was assigned.
        due: The last milestone that has passed; `None` before the first of the year.
        next: The one after it; `None` once the year is over.
        industry_status: `not_due` where no share is set for the source, or nothing was assigned.
        fallen_by: How much less is said to be spent than the month before; a year's expenditure cannot fall.
    """

    progress: Decimal | None
    due: Milestone | None
    next: Milestone | None
    status: Status
    industry_share: Decimal | None
    industry_required: Decimal | None
    industry_status: Status
    fallen_by: Decimal | None


def milestones(year: int, profile: Profile) -> list[Milestone]:
    """Give the milestones of a year's funds.

    Source: 临江市 2023, 「3月底衔接资金支出进度达到25%以上;6月份达到50%以上;9月达到75%以上;12月份达到100%」.
    """
    return [
        Milestone(date(year, month, calendar.monthrange(year, month)[1]), profile.number(name), name)
        for month, name in _MILESTONES
    ]


def standing(fund: Mapping[str, Any], before: Mapping[str, Any] | None, on: date, profile: Profile) -> Standing:
    """Tell how a fund stands on the last day of a month.

    Args:
        fund, before: Fields of DS-FIN-PROGRESS, of the month and of the one before.
    """
    budget, spent = Decimal(fund["budget"]), Decimal(fund["spent"])
    all_of_year = milestones(fund["fund_year"], profile)
    due = next((each for each in reversed(all_of_year) if each.by <= on), None)
    status: Status = "not_due"
    if due is not None and budget:
        status = "green" if spent >= due.share * budget else "red"
    industry = Decimal(fund["industry_budget"])
    parameter = _INDUSTRY.get(fund["fund_source"])
    required = profile.number(parameter) if parameter else None
    industry_status: Status = "not_due"
    if required is not None and budget:
        industry_status = "green" if industry >= required * budget else "red"
    fell = Decimal(before["spent"]) - spent if before else Decimal(0)
    return Standing(
        progress=(spent / budget).quantize(_PLACES) if budget else None,
        due=due,
        next=next((each for each in all_of_year if each.by > on), None),
        status=status,
        industry_share=(industry / budget).quantize(_PLACES) if budget else None,
        industry_required=required,
        industry_status=industry_status,
        fallen_by=fell if fell > 0 else None,
    )
