"""What a reader gives: text cells by column name for the good lines, raw text for the broken ones."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from intake.declared import Format
from intake.layout import Layout
from intake.notes import Note
from intake.text import Chunk


def plain(data: bytes) -> io.BytesIO:
    """Give text to polars with an empty line before it: text that begins like a zlib stream (`x^`) is taken for one."""
    return io.BytesIO(b"\n" + data)


@dataclass(frozen=True)
class Lines:
    """A chunk, read.

    Attributes:
        cells: Text columns by name; a row per well-formed line.
        line_no: Line in the file of each row of `cells`, from 1; the sheets of a workbook follow one another.
        broken: `(line, raw text, code)` of lines that are no row at all, and why.
        chunk: The chunk, for giving rejected rows back.
        joined: Raw text of the rows that span several lines, by their first line.
        notes: What the chunk held that was not used.
        header, separator: Of the table, None for NDJSON.
    """

    cells: pl.DataFrame
    line_no: pl.Series
    broken: Sequence[tuple[int, str, str]]
    chunk: Chunk
    joined: Mapping[int, str] = field(default_factory=dict)
    notes: frozenset[Note] = field(default=frozenset())
    header: Sequence[str] | None = None
    separator: str = ","

    def raw_of(self, line_numbers: Sequence[int]) -> list[str]:
        """Give the raw text of rows of this chunk."""
        lines = self.chunk.data.split(b"\n")
        return [
            self.joined.get(number) or lines[number - self.chunk.first_line].decode().rstrip("\r")
            for number in line_numbers
        ]


class Rows(Protocol):
    """The rows of a chunk, to be read in any thread."""

    def read(self) -> Lines:
        """Read them."""
        ...


class Reader(Protocol):
    """Reads the chunks of one file, handed over in order."""

    notes: list[Note]

    def take(self, chunk: Chunk) -> Rows | None:
        """Learn from a chunk what must be known in order; give its rows, None if it has none.

        Raises:
            RefusedError: the file as a whole cannot be used.
        """
        ...

    def end(self) -> None:
        """Say that there are no more chunks.

        Raises:
            RefusedError: nothing of the file could be used.
        """
        ...


def reader_of(file_format: Format, layout: Layout) -> Reader:
    """Give the reader of a format."""
    from intake.ndjson import NdjsonReader
    from intake.tables import TableReader

    return NdjsonReader(layout) if file_format == "ndjson" else TableReader(layout)
