"""Targets as policy papers set them, read from ready_made.toml, for an area and a year. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.targets.rules import Direction, Measure
from alerts.targets.schemas import ReadyMade, ReadyMadeOut, ReadyMadeQuery, TargetIn
from contracts.indicators import INDICATORS
from servicekit import areas

_LEVELS: Mapping[str, int] = {"nation": 0, "province": 2, "city": 4, "county": 6}


class _Milestone(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    share: str | None = None
    value: str | None = None


class _Against(BaseModel):
    """What the figure is held against; `of` is a level: the area itself, or the one of that level above it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["series", "figure"]
    series: str | None = None
    of: Literal["own", "county", "city", "province", "nation"] = "own"
    years_back: Literal[0, 1] = 0


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    indicator: str
    measure: Measure = "value"
    direction: Direction = "at_least"
    value: str | None = None
    against: _Against | None = None
    milestones: tuple[_Milestone, ...] = ()
    source: str
    requirements: tuple[str, ...] = Field(min_length=1)


@cache
def entries() -> Mapping[str, _Entry]:
    """Read the entries, in the order of the file.

    Raises:
        ValueError: one names an indicator that there is not.
    """
    tables = tomllib.loads((files("alerts.targets") / "ready_made.toml").read_text(encoding="utf-8"))
    known = {name: _Entry.model_validate(table) for name, table in tables.items()}
    for name, entry in known.items():
        if entry.indicator not in INDICATORS:
            raise ValueError(f"{name}: no indicator {entry.indicator}")
    return known


def for_area(asked: ReadyMadeQuery) -> ReadyMadeOut:
    """Give what an area can adopt for a year."""
    return ReadyMadeOut(
        items=[
            ReadyMade(
                id=name, zh=entry.zh, en=entry.en, requirements=list(entry.requirements), target=_target(entry, asked)
            )
            for name, entry in entries().items()
        ]
    )


def _target(entry: _Entry, asked: ReadyMadeQuery) -> TargetIn:
    said: dict[str, Any] = {
        "area_code": asked.area,
        "indicator": entry.indicator,
        "measure": entry.measure,
        "direction": entry.direction,
        "value": entry.value,
        "period": f"{asked.year:04d}",
        "milestones": [
            {"due_on": date(asked.year, one.month, one.day), "share": one.share, "value": one.value}
            for one in entry.milestones
        ],
        "source": entry.source,
    }
    against = entry.against
    if against is not None:
        said["benchmark"] = {
            "kind": against.kind,
            "series": against.series,
            "area_code": _of(against, asked.area),
            "years_back": against.years_back,
        }
    return TargetIn.model_validate(said)


def _of(against: _Against, area_code: str) -> str | None:
    if against.of == "own":
        return None if against.kind == "figure" else area_code
    length = min(_LEVELS[against.of], len(areas.prefix_of(area_code)))
    return area_code[:length].ljust(12, "0")
