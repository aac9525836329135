"""NDJSON: one object a line, keys by field code or Chinese label."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from typing import Any

import polars as pl

from sharing.catalogue.service import Dataset
from sharing.deliveries.intake.lines import Lines, decode, require_columns, strip_bom


class NdjsonReader:
    """Reads flat JSON objects as text cells.

    Chunks of plain objects go to polars at once. Whatever is less usual (blank lines, nested values,
    broken lines) is read line by line, with numbers kept in the digits they were written in.
    """

    header: list[str] | None = None

    def __init__(self, dataset: Dataset, charset: str = "utf-8", *, needs_columns: bool = True) -> None:
        """Read rows of `dataset`.

        Args:
            needs_columns: Whether a required field that occurs nowhere makes the whole part unusable.
        """
        self._needs_columns = needs_columns
        self._dataset = dataset
        self._charset = charset
        self._schema = dict.fromkeys(dataset.code_of_header, pl.String)

    def begin(self, first_chunk: bytes) -> tuple[bytes, int]:
        """Check that the required fields occur at all."""
        data = strip_bom(first_chunk, self._charset)
        headers = self._dataset.code_of_header
        present = {headers[name] for name in _keys_of(data, self._charset) if name in headers}
        if self._needs_columns and not present >= self._dataset.required:
            text = decode(data, self._charset, 1)
            # A key may be written with escapes; only an unescaped file can be judged by its text.
            present = {code for name, code in headers.items() if f'"{name}"' in text or "\\u" in text}
            if text.strip():
                require_columns(self._dataset, present)
        return data, 1

    def read(self, chunk: bytes, first_line: int) -> Lines:
        """Read a chunk of whole lines."""
        data = chunk if self._charset == "utf-8" else decode(chunk, self._charset, first_line).encode()
        count = data.count(b"\n") + (not data.endswith(b"\n"))
        # One brace a line and no bracket: nothing is nested, so the parser's stack is safe and lines are rows.
        if data.count(b"{") == count and b"[" not in data:
            try:
                cells = pl.read_ndjson(io.BytesIO(data), schema=self._schema)
            except (pl.exceptions.PolarsError, ValueError):
                cells = None
            if cells is not None and cells.height == count:
                numbers = pl.int_range(first_line, first_line + count, dtype=pl.Int64, eager=True)
                return Lines(self._by_code(cells), numbers, (), data, first_line, self._unknown_of(data))
        # Also where bytes that are no UTF-8 come to light: polars refuses them without naming the line.
        return self._line_by_line(data, decode(data, "utf-8", first_line), first_line)

    def _by_code(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Fold the label columns into the code columns."""
        folded: list[pl.Series] = []
        for column in self._dataset.columns:
            by_code, by_label = cells[column.code], cells[column.label]
            if by_label.null_count() == cells.height:
                folded.append(by_code)
            elif by_code.null_count() == cells.height:
                folded.append(by_label.alias(column.code))
            else:
                folded.append(cells.select(pl.coalesce(column.code, column.label).alias(column.code)).to_series())
        return pl.DataFrame(folded).rechunk()

    def _line_by_line(self, data: bytes, text: str, first_line: int) -> Lines:
        names = self._dataset.code_of_header
        columns: dict[str, list[str | None]] = {column.code: [] for column in self._dataset.columns}
        numbers: list[int] = []
        broken: list[tuple[int, str]] = []
        for number, line in enumerate(text.split("\n"), start=first_line):
            if not line.strip():
                continue
            row = _object_of(line)
            if row is None:
                broken.append((number, line.rstrip("\r")))
                continue
            by_code = {names[name]: value for name, value in row.items() if name in names and value is not None}
            for code, values in columns.items():
                values.append(_as_text(by_code.get(code)))
            numbers.append(number)
        cells = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        return Lines(cells, pl.Series(numbers, dtype=pl.Int64), broken, data, first_line, self._unknown_of(data))

    def _unknown_of(self, data: bytes) -> frozenset[str]:
        return frozenset(name[:60] for name in _keys_of(data) if name not in self._dataset.code_of_header)


def _keys_of(data: bytes, charset: str = "utf-8") -> Collection[str]:
    """Give the keys of the first line."""
    return _object_of(data[: data.find(b"\n") + 1 or None].decode(charset, errors="replace")) or {}


def _object_of(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _as_text(value: object) -> str | None:
    """Give a JSON value as the cell's text; a nested value becomes one that no field accepts."""
    if value is None or isinstance(value, str):
        # A lone surrogate (an escape without its pair) cannot be stored as text.
        return value if value is None or value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "\x00" if isinstance(value, dict | list) else str(value)
