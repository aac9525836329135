"""NDJSON: one object a line, keys by column name or Chinese label; and the sheets that the child renders as such."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import polars as pl

from intake.layout import Layout
from intake.lines import MAX_NOTED_CHARS, Lines, plain
from intake.refusals import EMPTY, RefusedError
from intake.text import Chunk


class NdjsonReader:
    """Reads flat JSON objects as text cells.

    Chunks of plain objects go to polars at once. Whatever is less usual (blank lines, nested values,
    broken lines) is read line by line, with numbers kept in the digits they were written in.
    """

    header: list[str] | None = None
    separator = ","

    def __init__(self, layout: Layout) -> None:
        """Read rows of `layout`."""
        self._layout = layout
        self._take_headers(layout.headers)

    def _take_headers(self, names: dict[str, str]) -> None:
        self._names = names
        self._schema = dict.fromkeys(names, pl.String)
        self._headers: dict[str, list[str]] = {}
        for header, name in names.items():
            self._headers.setdefault(name, []).append(header)

    def begin(self, first: Chunk) -> Chunk:
        """Check that the required columns occur at all."""
        required = {column.name for column in self._layout.columns if column.is_required}
        present = {self._names[name] for name in _keys_of(first.data) if name in self._names}
        if not present >= required:
            text = first.data.decode()
            # A key may be written with escapes; only an unescaped file can be judged by its text.
            present = {name for header, name in self._names.items() if f'"{header}"' in text or "\\u" in text}
            if text.strip():
                self._layout.require(present)
        return first

    def read(self, chunk: Chunk) -> Lines:
        """Read a chunk of whole lines."""
        data = chunk.data
        count = data.count(b"\n") + (not data.endswith(b"\n"))
        # One brace a line and no bracket: nothing is nested, so the parser's stack is safe and lines are rows.
        if data.count(b"{") == count and b"[" not in data:
            try:
                cells = pl.read_ndjson(plain(data), schema=self._schema)
            except (pl.exceptions.PolarsError, ValueError):
                cells = None
            if cells is not None and cells.height == count:
                numbers = pl.int_range(chunk.first_line, chunk.first_line + count, dtype=pl.Int64, eager=True)
                return Lines(self._by_name(cells), numbers, (), chunk, unknown=self._unknown_of(data))
        return self._line_by_line(chunk)

    def _by_name(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Fold the columns of a name's several headers into one."""
        folded: list[pl.Series] = []
        for name, headers in self._headers.items():
            filled = [header for header in headers if cells[header].null_count() < cells.height]
            if len(filled) > 1:
                folded.append(cells.select(pl.coalesce(*reversed(filled)).alias(name)).to_series())
            else:
                folded.append(cells[(filled or headers)[0]].alias(name))
        return pl.DataFrame(folded).rechunk()

    def _line_by_line(self, chunk: Chunk) -> Lines:
        columns: dict[str, list[str | None]] = {name: [] for name in self._headers}
        numbers: list[int] = []
        broken: list[tuple[int, str]] = []
        for number, line in enumerate(chunk.data.decode().split("\n"), start=chunk.first_line):
            if not line.strip():
                continue
            row = _object_of(line)
            if row is None:
                broken.append((number, line.rstrip("\r")))
                continue
            by_name = {
                self._names[key]: value for key, value in row.items() if key in self._names and value is not None
            }
            for name, values in columns.items():
                values.append(_as_text(by_name.get(name)))
            numbers.append(number)
        cells = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        line_no = pl.Series(numbers, dtype=pl.Int64)
        return Lines(cells, line_no, broken, chunk, unknown=self._unknown_of(chunk.data))

    def _unknown_of(self, data: bytes) -> frozenset[str]:
        return frozenset(key[:MAX_NOTED_CHARS] for key in _keys_of(data) if key not in self._names)


class SheetReader(NdjsonReader):
    """Reads what the child makes of a sheet: a list of headers, then objects."""

    def begin(self, first: Chunk) -> Chunk:
        """Read the header."""
        line, _, rest = first.data.partition(b"\n")
        header = json.loads(line) if line.strip() else []
        if not any(header):
            raise RefusedError(EMPTY, "the sheet has no header row")
        names = self._layout.match(header)
        self._take_headers({cell: name for cell, name in zip(header, names, strict=True) if name})
        self._unknown = frozenset(
            cell[:MAX_NOTED_CHARS] for cell, name in zip(header, names, strict=True) if cell and not name
        )
        return Chunk(first.first_line + 1, rest)

    def _unknown_of(self, data: bytes) -> frozenset[str]:  # noqa: ARG002 - the header says it for all rows
        return self._unknown


def _keys_of(data: bytes) -> Collection[str]:
    """Give the keys of the first line."""
    return _object_of(data[: data.find(b"\n") + 1 or None].decode()) or {}


def _object_of(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _as_text(value: object) -> str | None:
    """Give a JSON value as the cell's text; a nested value becomes one that no column accepts."""
    if value is None or isinstance(value, str):
        # A lone surrogate (an escape without its pair) cannot be stored as text.
        return value if value is None or value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "\x00" if isinstance(value, dict | list) else str(value)
