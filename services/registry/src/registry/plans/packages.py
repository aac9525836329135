"""Packages of assistance (帮扶套餐), read from packages.toml: a plan's draft from a household's risks and labour. Pure.

Source: F-A08 「实行“套餐式”管理,做到早帮扶」; re-employment F-A47; fit of measure and risk F-A07.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department, LabourLevel, RiskType
from registry.household import LabourClass
from registry.plans.rules import fits

_WORKERS = (LabourLevel.ORDINARY, LabourLevel.SKILLED, LabourLevel.WEAK)


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PackageTask(_Declared):
    """What a package has a department do."""

    title: str
    category: MeasureCategory
    department: Department
    within: int = Field(ge=1, le=366, description="days from the day of the draft")
    each: Literal["household", "worker"] = Field(
        default="household", description="one task of the household, or one of each member who can work"
    )
    answers: bool = Field(default=True, description="whether it answers the risks of the package")


class Package(_Declared):
    """A package: what is usually done for these risks, by ability to work."""

    code: str
    zh: str
    en: str
    risks: tuple[RiskType, ...] = Field(min_length=1)
    labour: tuple[LabourClass, ...] = Field(min_length=1)
    need: str = Field(description="entry of the needs list")
    tasks: tuple[PackageTask, ...] = Field(min_length=1)
    source: str

    @model_validator(mode="after")
    def _answers_its_risks(self) -> Package:
        for task in self.tasks:
            unfit = [risk.label for risk in self.risks if task.answers and not fits(task.category, risk)]
            if unfit:
                raise ValueError(f"{self.code}: {task.title} does not answer {unfit}")
        return self

    def is_for(self, risk: RiskType, labour: str) -> bool:
        """Tell whether it answers the risk of a household of this labour class."""
        return risk in self.risks and labour in self.labour


@cache
def packages() -> tuple[Package, ...]:
    """Read the packages, in the order of the file.

    Raises:
        ValueError: a package contradicts itself.
    """
    tables = tomllib.loads((files("registry.plans") / "packages.toml").read_text(encoding="utf-8"))
    return tuple(Package(code=code, **table) for code, table in tables.items())


@dataclass(frozen=True)
class Draft:
    """Needs and tasks that a plan may begin with, as `PlanIn` takes them; nobody is named for a task yet."""

    needs: list[dict[str, Any]]
    tasks: list[dict[str, Any]]


def draft(
    risks: Sequence[RiskType], labour: LabourClass, workers: Sequence[str], planned: Collection[str], today: date
) -> Draft:
    """Fill a draft from the packages for a household's risks.

    Args:
        workers: Ids of the members who can work, for tasks that are one of each.
        planned: Titles of what the plan has already: they are not proposed again.
    """
    needs: list[dict[str, Any]] = []
    tasks: dict[tuple[str, str | None], dict[str, Any]] = {}
    for package in packages():
        answered = [risk for risk in risks if package.is_for(risk, labour)]
        if not answered:
            continue
        needs += [{"description": package.need, "risk_type": risk} for risk in answered]
        for task in package.tasks:
            for person_id in workers if task.each == "worker" else (None,):
                if task.title in planned:
                    continue
                entry = tasks.setdefault(
                    (task.title, person_id),
                    {
                        "title": task.title,
                        "category": task.category,
                        "risk_types": [],
                        "department": task.department,
                        "due_on": today + timedelta(days=task.within),
                        "person_id": person_id,
                    },
                )
                entry["risk_types"] += [risk for risk in answered if task.answers and risk not in entry["risk_types"]]
    return Draft(needs, list(tasks.values()))


def can_work(members: Mapping[str, LabourLevel]) -> Iterator[str]:
    """Give the ids of the members who can work, half labour included."""
    return (person_id for person_id, level in members.items() if level in _WORKERS)
