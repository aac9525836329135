"""NDJSON: one object a line, keys by column name or Chinese label."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from intake.layout import Layout
from intake.lines import Lines, plain
from intake.notes import Note
from intake.tables import plain_text
from intake.text import Chunk
from intake.written import CLEAR, NOT_TEXT

_NO_TEXT = "\x00"  # what no column accepts
SHAPE, REPEATED = "row.shape", "row.repeated"

_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:')
_MAX_KEYS = 2_000
_LOOKED_AT = 4_096  # bytes that tell how a program writes its keys


class RepeatedError(ValueError):
    """An object names one key twice: which of its values counts nobody knows."""


class NdjsonReader:
    """Reads flat JSON objects as text cells.

    Chunks of plain objects go to polars at once. Whatever is less usual (blank lines, nested values, broken lines,
    repeated keys) is read line by line, with numbers kept in the digits they were written in.
    """

    def __init__(self, layout: Layout) -> None:
        """Read rows of `layout`."""
        self._layout = layout
        self._names: dict[str, str | None] = {}
        self._is_checked = False
        self.notes: list[Note] = []

    def take(self, chunk: Chunk) -> NdjsonRows | None:
        """Check that the required columns occur at all.

        Raises:
            RefusedError: COLUMN_MISSING
        """
        if not self._is_checked and chunk.data.strip():
            self._is_checked = True
            self._learn_from(chunk.data[: chunk.data.find(b"\n") + 1 or None])
            if self._layout.missing(self._known()):
                self._learn_from(chunk.data)
                keys = [plain_text(key) for key, name in self._names.items() if name is None]
                seen = "headings 是其中认不出的键" if self._names else "没有一行是 JSON 对象"
                self._layout.require(self._known(), seen=seen, **({"headings": keys[:50]} if keys else {}))
        return NdjsonRows(self, chunk) if chunk.data else None

    def end(self) -> None:
        """There is nothing to say."""

    @property
    def layout(self) -> Layout:
        """What the rows are."""
        return self._layout

    @property
    def names(self) -> dict[str, str | None]:
        """The keys that were met -> the column that each means, None for none."""
        return self._names

    def learn_from(self, data: bytes) -> bool:
        """Learn keys that were not met yet; tell whether there were any. Safe from any thread."""
        before = len(self._names)
        self._learn_from(data)
        return len(self._names) > before

    def _known(self) -> set[str]:
        return {name for name in self._names.values() if name}

    def _learn_from(self, data: bytes) -> None:
        for key in set(_KEY.findall(data)):
            try:
                self._learn({json.loads(b'"' + key + b'"'): None})
            except ValueError:
                continue  # not a key: text that looks like one

    def _learn(self, row: dict[str, Any]) -> None:
        new: dict[str, str | None] = {}
        for key in row:
            if key not in self._names and len(self._names) + len(new) < _MAX_KEYS:
                found = self._layout.find(key)
                new[key] = found.name if found and not found.unit else None
        if new:
            self._names = self._names | new  # replaced, never changed: others may be reading it


@dataclass(frozen=True)
class NdjsonRows:
    """The lines of a chunk."""

    reader: NdjsonReader
    chunk: Chunk

    def read(self) -> Lines:
        """Read a chunk of whole lines."""
        data = self.chunk.data
        count = data.count(b"\n") + (not data.endswith(b"\n"))
        keeps_nulls = self.reader.layout.keeps_nulls
        # One brace a line and no bracket: nothing is nested, so the parser's stack is safe and lines are rows.
        if data.count(b"{") == count and b"[" not in data and self.reader.names and not keeps_nulls:
            for _ in range(2):
                names = self.reader.names
                cells = self._at_once(names, count)
                if cells is None:
                    break
                if self._is_all(cells):
                    first_line = self.chunk.first_line
                    numbers = pl.int_range(first_line, first_line + count, dtype=pl.Int64, eager=True)
                    return self._lines(self._by_name(cells, names), numbers, (), names)
                if not self.reader.learn_from(data):
                    break
        return self._line_by_line()

    def _at_once(self, names: dict[str, str | None], count: int) -> pl.DataFrame | None:
        try:
            cells = pl.read_ndjson(plain(self.chunk.data), schema=dict.fromkeys(names, pl.String))
        except (pl.exceptions.PolarsError, ValueError):
            return None
        return cells if cells.height == count else None

    def _is_all(self, cells: pl.DataFrame) -> bool:
        """Tell whether the cells are every value of every line, each once, and digits are texts.

        Counting is enough: each key of each line gives one cell, or a null. Where there are nulls, a key could
        still stand twice in a line, once with one. What is no text is looked at where a column takes texts only.
        """
        data = self.chunk.data
        empty = sum(cells.null_count().row(0)) if cells.width else 0
        # Most often there is a value for every key, and no colon but those behind keys: one cheap count tells that.
        if empty or data.count(b":") != cells.height * cells.width:
            nulls = data.count(b":null") + data.count(b": null")
            if data.count(b'":') != cells.height * cells.width - empty + nulls:
                return False
            if nulls:
                lines = pl.read_lines(plain(data), name="line").to_series()[1:]
                for key in cells.columns:
                    if cells[key].null_count() and (lines.str.count_matches(f'"{key}":', literal=True) > 1).any():
                        return False
        names = self.reader.names
        for own in _keys_by_name(self.reader.layout, names).values():
            filled = [key for key in own if key in cells.columns]
            if (
                len(filled) > 1
                and (cells.select(pl.sum_horizontal(pl.col(filled).is_not_null())).to_series() > 1).any()
            ):
                return False
        texts_only = _texts_of(self.reader.layout)
        for key in cells.columns:
            if names.get(key) in texts_only:
                told = json.dumps(key, ensure_ascii=False).encode()
                texts = cells.height - cells[key].null_count()
                ways = (told + b':"', told + b': "')
                usual, other = ways if ways[0] in data[:_LOOKED_AT] else ways[::-1]
                if data.count(usual) != texts and data.count(other) != texts:
                    return False
        return True

    def _by_name(self, cells: pl.DataFrame, names: dict[str, str | None]) -> pl.DataFrame:
        """Fold the columns of a name's several keys into one; a line that names a column twice is not among these."""
        keys = _keys_by_name(self.reader.layout, names)
        folded: list[pl.Series] = []
        for name, own in keys.items():
            filled = [key for key in own if key in cells.columns and cells[key].null_count() < cells.height]
            if len(filled) > 1:
                folded.append(cells.select(pl.coalesce(*filled).alias(name)).to_series())
            elif filled:
                folded.append(cells[filled[0]].alias(name))
            else:
                folded.append(pl.Series(name, [None] * cells.height, pl.String))
        return pl.DataFrame(folded).rechunk()

    def _line_by_line(self) -> Lines:
        layout = self.reader.layout
        columns: dict[str, list[str | None]] = {column.name: [] for column in layout.columns}
        digits = {column.name for column in layout.columns if column.is_digits}
        texts = _texts_of(layout)
        numbers: list[int] = []
        broken: list[tuple[int, str, str]] = []
        for number, line in enumerate(self.chunk.data.decode().split("\n"), start=self.chunk.first_line):
            if not line.strip():
                continue
            try:
                row = _object_of(line)
                by_name = self._cells_of(row, digits, texts) if row is not None else None
            except RepeatedError:
                broken.append((number, line.rstrip("\r"), REPEATED))
                continue
            if by_name is None:
                broken.append((number, line.rstrip("\r"), SHAPE))
                continue
            for name, values in columns.items():
                values.append(by_name.get(name))
            numbers.append(number)
        cells = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        return self._lines(cells, pl.Series(numbers, dtype=pl.Int64), broken, self.reader.names)

    def _cells_of(self, row: dict[str, Any], digits: set[str], texts: frozenset[str]) -> dict[str, str | None]:
        """Give the cells of a line by column.

        Args:
            digits: Columns whose number as JSON is told by its cause.
            texts: Columns that take text only.

        Raises:
            RepeatedError: two keys mean the same column.
        """
        if row.keys() - self.reader.names.keys():
            self.reader.learn_from(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        names = self.reader.names
        cells: dict[str, str | None] = {}
        for key, value in row.items():
            name = names.get(key)
            if name is None or (value is None and not self.reader.layout.keeps_nulls):
                continue
            if name in cells:
                raise RepeatedError
            if value is None:
                cells[name] = CLEAR
            elif name in texts and name not in digits and (isinstance(value, _Digits) or not isinstance(value, str)):
                cells[name] = _NO_TEXT
            else:
                cells[name] = _as_text(value, is_digits=name in digits)
        return cells

    def _lines(
        self, cells: pl.DataFrame, numbers: pl.Series, broken: Sequence[tuple[int, str, str]],
        names: dict[str, str | None],
    ) -> Lines:  # fmt: skip
        notes = frozenset(Note("column.unknown", plain_text(key)) for key, name in names.items() if name is None)
        return Lines(cells, numbers, broken, self.chunk, notes=notes)


def _texts_of(layout: Layout) -> frozenset[str]:
    """Give the columns whose values are texts: JSON has no other way to write them."""
    return frozenset(column.name for column in layout.columns if column.kind in ("str", "date", "enum"))


def _keys_by_name(layout: Layout, names: dict[str, str | None]) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = {column.name: [] for column in layout.columns}
    for key, name in names.items():
        if name:
            keys.setdefault(name, []).append(key)
    return keys


def _object_of(line: str) -> dict[str, Any] | None:
    """Read a line; None if it is no object.

    Raises:
        RepeatedError: a key stands in it twice.
    """
    try:
        row = json.loads(line, parse_float=_Digits, parse_int=_Digits, object_pairs_hook=once)
    except RepeatedError:
        raise
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


class _Digits(str):
    """A number as it was written."""

    __slots__ = ()


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make the object of its pairs, for `json.loads`.

    Raises:
        RepeatedError
    """
    row = dict(pairs)
    if len(row) != len(pairs):
        raise RepeatedError
    return row


def _as_text(value: object, *, is_digits: bool) -> str:
    """Give a JSON value as the cell's text; a nested value becomes one that no column accepts."""
    if isinstance(value, str):
        text = str(value)
        if is_digits and isinstance(value, _Digits):
            return text + NOT_TEXT
        # A lone surrogate (an escape without its pair) cannot be stored as text.
        return text if text.isascii() else text.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NO_TEXT if isinstance(value, dict | list) else str(value)
