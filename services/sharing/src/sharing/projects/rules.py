"""By when a project must be how far, and how much one entity may have. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from contracts.parameters import Profile

StepName = Literal["prepared", "tendered", "started", "finished", "entered"]
StepStatus = Literal["done", "done_late", "late", "not_due"]
Status = Literal["green", "red", "not_due"]

# Step -> the parameter with the month by whose end every project of the year has taken it. By the month of
# `projects.finished_month` a share of them is finished, by the last one all are.
_DUE: Final[Mapping[StepName, str]] = {
    "prepared": "projects.prepared_month",
    "tendered": "projects.tendered_month",
    "started": "projects.started_month",
    "finished": "projects.entered_month",
    "entered": "projects.entered_month",
}
_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Step:
    """A step of a project: when it is due, when it was taken as far as a day is told, and what that means."""

    step: StepName
    due_on: date
    done_on: date | None
    status: StepStatus


@dataclass(frozen=True)
class Finished:
    """How many projects of a year are finished, against what must be by now.

    Attributes:
        required: `None` before the month in which a share of them is due.
    """

    projects: int
    finished: int
    share: Decimal | None
    required: Decimal | None
    status: Status


@dataclass(frozen=True)
class Share:
    """What an entity has of the money for industry of a year."""

    entity: str
    projects: int
    amount: Decimal
    share: Decimal


def _end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def steps(project: Mapping[str, Any], on: date, profile: Profile) -> list[Step]:
    """Give the five steps of a project as they stand on a day.

    Args:
        project: Fields of DS-AGR-PROJ.

    Source: 临江市 2023, 「1月底前完成前期工作;3月底完成招投标;6月底全面开工;12月底全部完工并完成系统录入」.
    """
    found = []
    for step, parameter in _DUE.items():
        due = _end_of(project["project_year"], profile.whole(parameter))
        told = project[f"{step}_on"]
        done = date.fromisoformat(told) if told else None
        status: StepStatus = "late" if on >= due else "not_due"
        if done is not None and done <= on:
            status = "done" if done <= due else "done_late"
        found.append(Step(step, due, done, status))
    return found


def finished(projects: Sequence[Mapping[str, Any]], year: int, on: date, profile: Profile) -> Finished:
    """Tell how many of a year's projects are finished on a day, and whether that is enough.

    Source: 临江市 2023, 「9月底前实现项目完工率在70%以上;12月底项目全部完工」.
    """
    of_year = [project for project in projects if project["project_year"] == year]
    done = sum(bool(each["finished_on"]) and date.fromisoformat(each["finished_on"]) <= on for each in of_year)
    required = None
    if on >= _end_of(year, profile.whole("projects.entered_month")):
        required = Decimal(1)
    elif on >= _end_of(year, profile.whole("projects.finished_month")):
        required = profile.number("projects.finished_share")
    status: Status = "not_due"
    if required is not None and of_year:
        status = "green" if done >= required * len(of_year) else "red"
    share = (Decimal(done) / len(of_year)).quantize(_PLACES) if of_year else None
    return Finished(len(of_year), done, share, required, status)


def shares(projects: Iterable[Mapping[str, Any]], year: int) -> list[Share]:
    """Give what each entity has of the money for industry of a year, the greatest share first."""
    sums: dict[str, tuple[int, Decimal]] = {}
    for project in projects:
        if project["project_year"] == year and project["category"] == "industry":
            count, amount = sums.get(project["entity"], (0, Decimal(0)))
            sums[project["entity"]] = count + 1, amount + Decimal(project["amount"])
    total = sum((amount for _, amount in sums.values()), Decimal(0))
    found = [
        Share(entity, count, amount, (amount / total).quantize(_PLACES) if total else Decimal(0))
        for entity, (count, amount) in sums.items()
    ]
    return sorted(found, key=lambda each: (-each.amount, each.entity))
