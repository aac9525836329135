"""Which columns a file may have: their names, titles and kinds. Every reader and every check derives from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import polars as pl

from intake.refusals import COLUMN_DUPLICATE, COLUMN_MISSING, RefusedError
from intake.written import MERGED, UNITS, Months
from servicekit.characters import INVISIBLE

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

_BRACKETED = re.compile(r"[(\[【〔<《{]([^()\[\]【】〔〕<>《》{}]*)[)\]】〕>》}]$|[:/,、]([^:/,、]*)$")
_NUMBERED = re.compile(r"^(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[.、)]")
# What a heading says about how it is to be filled in; it changes nothing about what the column is.
_HINT = re.compile(
    r"^(?:必填|选填|可选|可空|非必填|必须|文本|文本格式|数字|数值|日期|整数|金额|下拉|格式.*|如.*|例.*|注.*|示例.*|单选|多选"
    r"|是/?否|是或否|[ymdhYMD年月日/.\-]{2,12}|18位|15或18位|12位|11位|18位数字)$"
)
_COUNTS = frozenset({"年", "人", "岁", "个", "次", "天", "月", "户", "位"})


class Found(NamedTuple):
    """What a heading means: the column's name, and the unit that it gives its amounts ("": none, so yuan)."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: Key in NDJSON, and what a reader calls it.
        label: Chinese header.
        aliases: Further headers that mean the same.
        codes: What a cell of an `enum` may hold -> the code it means.
        minimum, maximum: Inclusive bounds of an `int`.
        months: Which day of a month stands for it, in a `date` that may be a month alone.
        is_digits: Whether it is a number that must come as text, because a number keeps fifteen digits only.
    """

    name: str
    label: str
    kind: Kind = "str"
    is_required: bool = False
    aliases: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None
    months: Months | None = None
    is_digits: bool = False

    @property
    def dtype(self) -> pl.DataType:
        """The type of its checked cells."""
        return _TYPES[self.kind]


def plain_heading(heading: str) -> str:
    """Give a heading without width, blanks, line breaks, marks and numbering."""
    text = unicodedata.normalize("NFKC", heading.translate(INVISIBLE)).replace(MERGED, "")
    return _NUMBERED.sub("", "".join(text.split()).strip("*:;,。"))


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of file.

    Attributes:
        other: Gives the name of a column that follows a pattern instead of standing in `columns`, or None.
        amounts: Tells whether a column, by its name, is an amount of money.
        implied: Gives the columns that a file has, in effect, besides those that it names.
        has_merged_amounts: Whether an amount in a cell merged over several rows belongs to each of them.
        is_own: Tells whether a column, by its name, says who a row is about: merged over rows it is nobody's.
        keeps_nulls: Whether a null in NDJSON means something else than an absent key: that the field is emptied.
    """

    columns: tuple[Column, ...]
    other: Callable[[str], str | None] = lambda _: None
    amounts: Callable[[str], bool] | None = None
    implied: Callable[[set[str]], set[str]] = lambda _: set()
    has_merged_amounts: bool = False
    is_own: Callable[[str], bool] = lambda _: False
    keeps_nulls: bool = False

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def headers(self) -> dict[str, str]:
        """Accepted headers (names, labels, aliases), as `plain_heading` gives them -> names."""
        return {
            plain_heading(header).lower(): column.name
            for column in self.columns
            for header in (*column.aliases, column.label, column.name)
        }

    def is_amount(self, name: str) -> bool:
        """Tell whether a column's cells are amounts of money."""
        column = self.by_name.get(name)
        return column.kind == "money" if self.amounts is None and column else bool(self.amounts and self.amounts(name))

    def find(self, header: str) -> Found | None:
        """Give what a header means, None if nothing here."""
        text, unit = plain_heading(header), ""
        while text:
            name = self.headers.get(text.lower()) or self.other(text)
            if name:
                return None if unit and not self.is_amount(name) and unit not in _COUNTS else Found(name, unit)
            match = _BRACKETED.search(text)
            if not match:
                break
            said = (match[1] if match[1] is not None else match[2]).removeprefix("单位:").removeprefix("单位")
            if said.lower() in UNITS or said in _COUNTS:
                if unit:
                    break
                unit = said.lower()
            elif said and not _HINT.match(said):
                break
            text = text[: match.start()].rstrip("*:;,")
        return None

    def match(self, header: Sequence[str]) -> list[Found | None]:
        """Give what each column of a header row means (None: unknown).

        Raises:
            RefusedError: COLUMN_DUPLICATE if two headers mean the same.
        """
        found = [self.find(cell) for cell in header]
        known = [each.name for each in found if each]
        repeated = sorted({name for name in known if known.count(name) > 1})
        if repeated:
            titles = {name: [cell for cell, each in zip(header, found, strict=True) if each and each.name == name]
                      for name in repeated}  # fmt: skip
            detail = f"columns appear twice: {', '.join(repeated)}"
            columns = [
                told | {"headings": titles[name]} for name, told in zip(repeated, self.labelled(repeated), strict=True)
            ]
            raise RefusedError(COLUMN_DUPLICATE, detail, columns=columns)
        return found

    def missing(self, present: set[str]) -> list[str]:
        """Give the required columns that are not among those of a file."""
        there = present | self.implied(present)
        return [column.name for column in self.columns if column.is_required and column.name not in there]

    def require(self, present: set[str], **told: object) -> None:
        """Check that every required column is there.

        Args:
            told: What the file has instead.

        Raises:
            RefusedError: COLUMN_MISSING, naming those that are not.
        """
        missing = self.missing(present)
        if missing:
            detail = f"required columns are missing: {', '.join(missing)}"
            raise RefusedError(COLUMN_MISSING, detail, columns=self.labelled(missing), **told)

    def labelled(self, names: Sequence[str]) -> list[dict[str, object]]:
        """Give the codes and titles of columns."""
        labels = {name: column.label for name, column in self.by_name.items()}
        return [{"code": name, "label": labels.get(name, name)} for name in names]
