"""Which series there are, and what a value of one may be. Pure.

Source: growth of net income is held against published statistics (RP-04).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts.series.texts import FAULTS
from contracts.errors import FieldError
from contracts.indicators import period_of
from servicekit import areas
from servicekit.areas import Level

_HUNDREDTH: Final = Decimal("0.01")


class Series(BaseModel):
    """A series of the catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    zh: str
    en: str
    definition: str
    unit: Literal["yuan", "percent"]
    levels: tuple[Level, ...] = Field(min_length=1, description="levels of the areas that a value is about")
    growth_of: str | None = Field(default=None, description="the series of levels that this one is the growth of")
    low: Decimal
    high: Decimal
    source: str

    @model_validator(mode="after")
    def _growth_is_a_percentage(self) -> Series:
        if self.growth_of is not None and self.unit != "percent":
            raise ValueError(f"{self.id}: a growth is in per cent")
        return self


@cache
def catalogue() -> Mapping[str, Series]:
    """Read the series, in the order of the file.

    Raises:
        ValueError: one contradicts itself, or is the growth of one that is not there.
    """
    tables = tomllib.loads((files("alerts.series") / "catalogue.toml").read_text(encoding="utf-8"))
    known = {name: Series(id=name, **table) for name, table in tables.items()}
    for series in known.values():
        if series.growth_of is not None and known[series.growth_of].growth_of is not None:
            raise ValueError(f"{series.id}: the growth of a growth")
    return known


def growth(now: Decimal, before: Decimal) -> Decimal | None:
    """Give the nominal growth in per cent, `(now / before - 1) * 100`, to hundredths; None against nothing or less."""
    if before <= 0:
        return None
    return ((now / before - 1) * 100).quantize(_HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a series: about which area, for whom it is kept, of which period."""

    series: str
    area_code: str
    kept_by: str
    period: str


def flaws_of(said: Said, value: Decimal, today: date, at: str) -> list[FieldError]:
    """Give everything that is wrong with a value; empty when it may be kept.

    Args:
        today: A period that is not over by then has no statistics.
        at: JSON pointer of the value's object.
    """
    flaws: list[FieldError] = []
    series = catalogue().get(said.series)
    if series is None:
        return [FieldError.told(FAULTS, "series.unknown", f"{at}/series")]
    if areas.level_of(said.area_code) not in series.levels:
        flaws.append(FieldError.told(FAULTS, "area_code.level", f"{at}/area_code"))
    related = areas.is_within(said.kept_by, said.area_code) or areas.is_within(said.area_code, said.kept_by)
    if not related:
        flaws.append(FieldError.told(FAULTS, "area_code.unrelated", f"{at}/area_code"))
    period = period_of(said.period)
    if period.kind == "month":
        flaws.append(FieldError.told(FAULTS, "period.month", f"{at}/period"))
    elif period.last >= today:
        flaws.append(FieldError.told(FAULTS, "period.not_over", f"{at}/period"))
    return flaws + value_flaws(series, value, at)


def value_flaws(series: Series, value: Decimal, at: str = "") -> list[FieldError]:
    """Give what is wrong with the number alone."""
    if series.low <= value <= series.high:
        return []
    return [FieldError.told(FAULTS, "value.implausible", f"{at}/value", low=series.low, high=series.high)]
