"""What a reader gives: text cells by column name for the good lines, raw text for the broken ones."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from intake.declared import Format
from intake.layout import Layout
from intake.text import Chunk

MAX_NOTED_CHARS = 60


def plain(data: bytes) -> io.BytesIO:
    """Give text to polars with an empty line before it: text that begins like a zlib stream (`x^`) is taken for one."""
    return io.BytesIO(b"\n" + data)


@dataclass(frozen=True)
class Lines:
    """A chunk, read.

    Attributes:
        cells: Text columns by name; a row per well-formed line.
        line_no: Line in the file of each row of `cells`, from 1.
        broken: `(line, raw text)` of lines that are no row at all.
        chunk: The chunk, for giving rejected rows back.
        joined: Raw text of the rows that span several lines, by their first line.
        unknown: Columns of the file that mean nothing here.
    """

    cells: pl.DataFrame
    line_no: pl.Series
    broken: Sequence[tuple[int, str]]
    chunk: Chunk
    joined: Mapping[int, str] = field(default_factory=dict)
    unknown: frozenset[str] = field(default=frozenset())

    def raw_of(self, line_numbers: Sequence[int]) -> list[str]:
        """Give the raw text of rows of this chunk."""
        lines = self.chunk.data.split(b"\n")
        return [
            self.joined.get(number) or lines[number - self.chunk.first_line].decode().rstrip("\r")
            for number in line_numbers
        ]


class Reader(Protocol):
    """Reads chunks of one format. `begin` sees the first chunk; `read` may run in any thread."""

    header: list[str] | None
    separator: str

    def begin(self, first: Chunk) -> Chunk:
        """Learn from the first chunk; give what is left of it as rows."""
        ...

    def read(self, chunk: Chunk) -> Lines:
        """Read a chunk of whole lines."""
        ...


def reader_of(file_format: Format, layout: Layout) -> Reader:
    """Give the reader of a format."""
    from intake.csv_text import CsvReader
    from intake.ndjson import NdjsonReader, SheetReader

    readers: dict[Format, type[CsvReader] | type[NdjsonReader] | type[SheetReader]] = {
        "csv": CsvReader,
        "ndjson": NdjsonReader,
        "workbook": SheetReader,
    }
    return readers[file_format](layout)
