"""What the API takes and gives about rounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from servicekit.body import Body


class RoundQuery(Body):
    """Which round, of which area, and by what; null means today's, and all that is the caller's."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$")
    on: date | None = Field(default=None, description="a day of the round")
    by: Literal["grid", "village", "town", "county"] = "village"


class RoundRow(BaseModel):
    """How far an area, or a grid, has come in a round."""

    area_code: str | None = Field(description="null where it is all of them together")
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")
    grid: str | None
    due: int = Field(description="应走访户数 / households in a grid that somebody has today")
    reached: int = Field(description="已走访或电话联系户数 / of them, those that were visited or telephoned")
    visited: int = Field(description="已入户户数 / of them, those that were visited")
    percent: Decimal = Field(description="覆盖率 / reached of due, in per cent, one decimal", examples=["87.5"])


class RoundOut(BaseModel):
    """A round, and how far it has come."""

    first_on: date
    last_on: date
    months: int = Field(description="of a round, as policy says; 0: none is asked for, and this is the month")
    items: list[RoundRow]
    total: RoundRow = Field(description="合计 / all of them together")
