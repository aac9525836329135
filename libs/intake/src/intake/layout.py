"""Which columns a file may have: their names, titles and kinds. Every reader and every check derives from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import polars as pl

from intake.refusals import COLUMN_DUPLICATE, COLUMN_MISSING, RefusedError

Kind = Literal["str", "int", "money", "date", "bool", "enum"]

MONEY = pl.Decimal(14, 2)  # yuan, never a float

_TYPES: dict[Kind, pl.DataType] = {
    "str": pl.String(),
    "enum": pl.String(),
    "int": pl.Int32(),
    "money": MONEY,
    "date": pl.Date(),
    "bool": pl.Boolean(),
}


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: Key in NDJSON, and what a reader calls it.
        label: Chinese header.
        aliases: Further headers that mean the same.
        codes: What a cell of an `enum` may hold -> the code it means.
        minimum, maximum: Inclusive bounds of an `int`.
    """

    name: str
    label: str
    kind: Kind = "str"
    is_required: bool = False
    aliases: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None

    @property
    def dtype(self) -> pl.DataType:
        """The type of its checked cells."""
        return _TYPES[self.kind]


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of file.

    Attributes:
        other: Gives the name of a column that follows a pattern instead of standing in `columns`, or None.
    """

    columns: tuple[Column, ...]
    other: Callable[[str], str | None] = lambda _: None

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def headers(self) -> dict[str, str]:
        """Accepted headers (names, labels, aliases) -> names."""
        return {
            header: column.name for column in self.columns for header in (column.label, *column.aliases, column.name)
        }

    def find(self, header: str) -> str | None:
        """Give the name of the column under a header, None if there is none."""
        header = header.strip().strip("\ufeff*")
        return self.headers.get(header) or self.headers.get(header.lower()) or self.other(header)

    def match(self, header: Sequence[str]) -> list[str | None]:
        """Give the name of each column of a header row (None: unknown).

        Raises:
            RefusedError: COLUMN_DUPLICATE if two headers mean the same; COLUMN_MISSING.
        """
        names = [self.find(cell) for cell in header]
        known = [name for name in names if name]
        repeated = sorted({name for name in known if known.count(name) > 1})
        if repeated:
            detail = f"columns appear twice: {', '.join(repeated)}"
            raise RefusedError(COLUMN_DUPLICATE, detail, columns=self._labelled(repeated))
        self.require(set(known))
        return names

    def require(self, present: set[str]) -> None:
        """Check that every required column is there.

        Raises:
            RefusedError: COLUMN_MISSING, naming those that are not.
        """
        missing = [column.name for column in self.columns if column.is_required and column.name not in present]
        if missing:
            detail = f"required columns are missing: {', '.join(missing)}"
            raise RefusedError(COLUMN_MISSING, detail, columns=self._labelled(missing))

    def _labelled(self, names: Sequence[str]) -> list[dict[str, str]]:
        labels = {name: column.label for name, column in self.by_name.items()}
        return [{"code": name, "label": labels.get(name, name)} for name in names]
