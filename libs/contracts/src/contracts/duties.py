"""Duties: what somebody must do by a day. The kinds are data, read from duties.toml; the events carry a duty as it is.

A duty's event says everything about it, so that the newest revision alone is enough: one that comes twice, late or
before the others changes nothing that a newer one has said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import EventData
from contracts.parameters import PARAMETERS
from contracts.vocabulary import Department

Level: TypeAlias = Literal["village", "township", "county", "leadership"]
Assignee: TypeAlias = Literal["village", "township", "county", "department"]
Unit: TypeAlias = Literal["calendar", "working", "months"]
Shows: TypeAlias = Literal["visit", "person"]
Outcome: TypeAlias = Literal["done", "cancelled"]

LEVELS: Mapping[str, tuple[str, str]] = {
    "village": ("村级", "village"),
    "township": ("乡镇", "township"),
    "county": ("县级主管部门", "county"),
    "leadership": ("领导小组", "leadership group"),
}


class Step(BaseModel):
    """What the clock does on a day counted from the due day: remind the assignee, or send it to a level."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: int
    to: Level | None = None


class Kind(BaseModel):
    """A kind of duty; see the head of duties.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z]\d{2}$")
    zh: str
    en: str
    subject: Literal[
        "clue",
        "policy_gap",
        "episode",
        "measure",
        "plan_task",
        "change_request",
        "dataset",
        "delivery",
        "run",
        "worklist",
        "correction",
        "calendar",
        "campaign",
        "campaign_period",
        "visit_round",
        "counter_check",
        "rectification",
        "income_cohort",
        "area_check",
        "collective_income",
        "rectification_report",
        "scheduling",
        "scheduling_item",
        "inspection_task",
        "feedback",
        "petition",
    ]
    opened_by: Literal["registry", "sharing", "alerts"]
    assignee: Assignee
    within: tuple[str, ...]
    shows: Shows | None = None
    announced: bool = False
    ladder: tuple[Step, ...] = Field(min_length=1)
    source: str


class Pause(BaseModel):
    """A stretch of days that do not count; without an end it lasts."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    since: date
    until: date | None = None
    reason: str = Field(description="in Chinese and English")


class Duty(EventData):
    """A duty as its owner says that it is."""

    duty_id: str = Field(max_length=64, examples=["D06-0199a5c0-0000-7000-8000-00000000f001"])
    revision: int = Field(ge=1, description="grows with whatever is said of the duty; the greatest one holds")
    kind: str = Field(pattern=r"^[A-Z]\d{2}$", description="see docs/duties.md")
    subject_id: str = Field(description="of the clue, episode ... that it is about")
    household_id: str | None = None
    person_id: str | None = Field(default=None, description="the member of the household that it is about, if one")
    area_code: str = Field(pattern=r"^\d{12}$")
    department: Department | None = Field(default=None, description="the one that must act, if it is a department's")
    counts_from: date = Field(description="the day before the first that counts")
    due_on: date
    unit: Unit = "calendar"
    is_estimate: bool = Field(default=False, description="a year's holidays are not known yet")
    pauses: list[Pause] = []


class Opened(Duty):
    """Base of what announces a duty that somebody has, or that it has changed."""


class Closed(Duty):
    """Base of what announces that nobody has a duty any more."""

    outcome: Outcome = Field(description="cancelled: its ground is gone")
    closed_on: date


def differing(
    had: Mapping[str, Opened], has: Mapping[str, Opened], outcome: Outcome, *, revision: int, on: date
) -> list[Duty]:
    """Give what is said of duties by id when those that somebody had became those that somebody has: over, or changed.

    Args:
        outcome: What became of those that are over.
        revision: Of those that are over; the others say theirs.
        on: The day on which they are over.
    """
    over: list[Duty] = [
        Closed(**{**duty.model_dump(), "revision": revision}, outcome=outcome, closed_on=on)
        for duty_id, duty in had.items()
        if duty_id not in has
    ]
    return over + [
        duty
        for duty_id, duty in has.items()
        if duty_id not in had or had[duty_id].model_copy(update={"revision": duty.revision}) != duty
    ]


def _kinds() -> dict[str, Kind]:
    declared = tomllib.loads((files("contracts") / "duties.toml").read_text(encoding="utf-8"))
    kinds = {code: Kind(code=code, **entry) for code, entry in declared.items()}
    for kind in kinds.values():
        days = [step.day for step in kind.ladder]
        if days != sorted(set(days)):
            raise ValueError(f"duties.toml: {kind.code}: the ladder's days are not in order")
        if unknown := set(kind.within) - PARAMETERS.keys():
            raise ValueError(f"duties.toml: {kind.code}: no such parameter: {sorted(unknown)}")
    return kinds


KINDS: Mapping[str, Kind] = _kinds()
