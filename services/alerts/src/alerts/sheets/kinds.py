"""The kinds of sheets, read from kinds/*.toml: which indicators stand in which tables (docs/sheets.md). Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.indicators import INDICATORS, Indicator, Section, Sheet

Form = Literal["areas", "parts", "ranking", "months", "tags"]
"""A row an area; a row an area and a column for each part; rows by rank; a column for each month; a row a tag."""


class TableKind(BaseModel):
    """A table of a sheet.

    Attributes:
        sections: Of which sections it takes indicators; of all where none is named.
        dimension: By what the indicators are broken down: only those stand in it that are.
        months: How many months it looks back, the sheet's period included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Form
    sections: tuple[Section, ...] = ()
    dimension: str | None = None
    months: int = Field(default=1, ge=1, le=36)

    @model_validator(mode="after")
    def _goes_together(self) -> TableKind:
        if self.form == "parts" and self.dimension is None:
            raise ValueError("a table of parts names their dimension")
        if self.form == "months" and self.months == 1:
            raise ValueError("a table of months has several")
        return self


class SheetKind(BaseModel):
    """A kind of sheet.

    Attributes:
        takes: Which indicators stand in it: those that say so (`sheets` in indicators.toml).
        goes_up: Whether it is what the city and the province read: small counts are hidden from them.
        sample: Whether households are drawn for it, to be visited.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z_]{2,31}$")
    zh: str
    en: str
    period: Literal["month", "quarter"]
    takes: Sheet
    goes_up: bool = False
    table: tuple[TableKind, ...] = Field(min_length=1)
    source: str
    requirements: tuple[str, ...] = Field(min_length=1)

    def indicators(self, table: TableKind) -> list[Indicator]:
        """Give the indicators that stand in one of its tables, in the order in which they are declared."""
        return [
            indicator
            for indicator in INDICATORS.values()
            if self.takes in indicator.sheets
            and (not table.sections or indicator.section in table.sections)
            and (table.dimension is None or table.dimension in indicator.dimensions)
            and (table.form != "ranking" or indicator.better != "neither")
            and indicator.period in ("month", self.period)
        ]


def _kinds() -> Iterator[tuple[str, SheetKind]]:
    for file in sorted((files("alerts.sheets") / "kinds").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            yield name, SheetKind(id=name, **tomllib.loads(file.read_text(encoding="utf-8")))


KINDS: Final[Mapping[str, SheetKind]] = dict(_kinds())
