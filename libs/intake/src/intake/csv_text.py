"""CSV (RFC 4180; comma, semicolon or tab; header line).

A stray quote costs its own line and not the rest of the file: a row goes on in the next line only where a quoted cell
that does so makes it a whole row.
"""

from __future__ import annotations

import csv
import re

import polars as pl

from intake.layout import Layout
from intake.lines import MAX_NOTED_CHARS, Lines, plain
from intake.refusals import EMPTY, UNREADABLE, RefusedError
from intake.text import MAX_RECORD_LINES, Chunk

MAX_COLUMNS = 1_000

_SEPARATORS = ",;\t"


class CsvReader:
    """Reads CSV with a header of column names or Chinese labels."""

    def __init__(self, layout: Layout) -> None:
        """Read rows of `layout`."""
        self._layout = layout
        self.header: list[str] | None = None
        self.separator = ","
        self._unknown: frozenset[str] = frozenset()

    def begin(self, first: Chunk) -> Chunk:
        """Read the header line."""
        number, data = first
        while data:
            line, _, data = data.partition(b"\n")
            number += 1
            text = line.decode().rstrip("\r")
            if text.strip(_SEPARATORS + " "):
                self._learn(text)
                return Chunk(number, data)
        raise RefusedError(EMPTY, "the file has no header line")

    def _learn(self, line: str) -> None:
        try:
            headers = {mark: next(csv.reader([line], strict=True, delimiter=mark)) for mark in _SEPARATORS}
        except csv.Error as error:
            raise RefusedError(UNREADABLE, "the header line's quoting is broken") from error
        mark = max(_SEPARATORS, key=lambda mark: sum(1 for cell in headers[mark] if self._layout.find(cell)))
        header = headers[mark]
        if len(header) > MAX_COLUMNS:
            raise RefusedError(UNREADABLE, f"the file has more than {MAX_COLUMNS} columns")
        names = self._layout.match(header)
        self.separator, self.header = mark, header
        self._unknown = frozenset(
            cell.strip()[:MAX_NOTED_CHARS] for cell, name in zip(header, names, strict=True) if name is None and cell
        )
        # Unknown columns get names that no column has; they are dropped after reading.
        self._names = [name or f"?{index}" for index, name in enumerate(names)]
        self._kept = [name for name in names if name]
        rest, unquoted = len(header) - 1, f'[^"{mark}\\r]*'
        cell = f'(?:{unquoted}|"(?:[^"]|"")*")'
        self._plain = f"^{unquoted}(?:{mark}{unquoted}){{{rest}}}\\r?$"
        self._quoted = f"^{cell}(?:{mark}{cell}){{{rest}}}\\r?$"
        self._record = re.compile(self._quoted)

    def read(self, chunk: Chunk) -> Lines:
        """Read a chunk of whole lines."""
        first_line, data = chunk
        lines = pl.read_lines(plain(data), name="line").to_series()[1:]
        numbers = pl.int_range(first_line, first_line + len(lines), dtype=pl.Int64, eager=True)
        has_quotes = b'"' in data
        is_row = lines.str.contains(self._quoted if has_quotes else self._plain)
        is_blank = lines.str.contains(f"^[{self.separator}\\s]*$")
        if is_row.all() and not is_blank.any():
            cells = self._parse(data, has_quotes)
            if cells.height == len(lines):
                return Lines(cells, numbers, (), chunk, unknown=self._unknown)
        frame = pl.DataFrame({"n": numbers, "line": lines}).filter(~is_blank)
        good, broken = frame.filter(is_row.filter(~is_blank)), frame.filter(~is_row.filter(~is_blank))
        joined = self._join(dict(broken.iter_rows()), lines, first_line) if has_quotes else {}
        if joined:
            swallowed = {
                number for start, text in joined.items() for number in range(start, start + text.count("\n") + 1)
            }
            good = pl.concat(
                [
                    good.filter(~pl.col("n").is_in(swallowed)),
                    pl.DataFrame({"n": joined.keys(), "line": joined.values()}),
                ]
            ).sort("n")
            broken = broken.filter(~pl.col("n").is_in(swallowed))
        cells = self._parse("\n".join([*good["line"].to_list(), ""]).encode(), has_quotes)
        if cells.height != good.height:  # pragma: no cover - the shape was checked line by line
            raise RefusedError(UNREADABLE, "the file cannot be read as CSV")
        told = [(number, line.rstrip("\r")) for number, line in broken.iter_rows()]
        return Lines(cells, good["n"], told, chunk, joined, self._unknown)

    def _join(self, broken: dict[int, str], lines: pl.Series, first_line: int) -> dict[int, str]:
        """Give the rows whose quoted cells hold line breaks, by their first line."""
        joined: dict[int, str] = {}
        swallowed = 0  # the last line that a row has taken in
        for number, line in broken.items():
            if number <= swallowed or line.count('"') % 2 == 0:
                continue
            text = line
            for further in lines[number - first_line + 1 : number - first_line + MAX_RECORD_LINES]:
                text += "\n" + further
                if further.count('"') % 2:
                    if self._record.match(text):
                        joined[number] = text.rstrip("\r")
                        swallowed = number + text.count("\n")
                    break
        return joined

    def _parse(self, data: bytes, has_quotes: bool) -> pl.DataFrame:
        schema = dict.fromkeys(self._names, pl.String)
        if not data:
            return pl.DataFrame(schema=schema).select(self._kept)
        return pl.read_csv(
            plain(data),
            skip_lines=1,
            has_header=False,
            schema=schema,
            separator=self.separator,
            quote_char='"' if has_quotes else None,
            eol_char="\n",
        ).select(self._kept)
