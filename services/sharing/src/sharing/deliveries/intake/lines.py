"""What a reader gives: text cells by field code for the good lines, raw text for the broken ones."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from sharing.catalogue.service import Dataset
from sharing.deliveries.problems import DuplicateColumn, MissingColumn, WrongCharset

MAX_NOTED_COLUMNS = 20


@dataclass(frozen=True)
class Lines:
    """A chunk, read.

    Attributes:
        cells: Text columns by field code; a row per well-formed line.
        line_no: Line in the file of each row of `cells`, from 1.
        broken: `(line, raw text)` of lines that are no row at all.
        chunk: The chunk's bytes in UTF-8, for giving rejected rows back.
        first_line: Line number of the chunk's first line.
        unknown: Columns of the file that the dataset does not have.
    """

    cells: pl.DataFrame
    line_no: pl.Series
    broken: Sequence[tuple[int, str]]
    chunk: bytes
    first_line: int
    unknown: frozenset[str] = field(default=frozenset())

    def raw_of(self, line_numbers: Sequence[int]) -> list[str]:
        """Give the raw text of lines of this chunk."""
        lines = self.chunk.split(b"\n")
        return [lines[number - self.first_line].decode().rstrip("\r") for number in line_numbers]


class Reader(Protocol):
    """Reads chunks of whole lines in one format. `begin` sees the first chunk; `read` may run in any thread."""

    header: list[str] | None

    def begin(self, first_chunk: bytes) -> tuple[bytes, int]:
        """Learn from the first chunk; give the chunk of data lines and the number of its first line."""
        ...

    def read(self, chunk: bytes, first_line: int) -> Lines:
        """Read a chunk of whole lines."""
        ...


def decode(chunk: bytes, charset: str, first_line: int) -> str:
    """Decode a chunk.

    Raises:
        WrongCharset: naming the charset and the line.
    """
    try:
        return chunk.decode(charset)
    except UnicodeDecodeError as error:
        line = first_line + chunk.count(b"\n", 0, error.start)
        raise WrongCharset(f"line {line} is not valid {charset}", charset=charset, line=line) from None


def strip_bom(chunk: bytes, charset: str) -> bytes:
    """Drop a UTF-8 byte order mark.

    Raises:
        WrongCharset: for UTF-16 or UTF-32, binary data, or a UTF-8 mark in a file declared otherwise.
    """
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in chunk[:4096]:
        raise WrongCharset("the file is UTF-16, UTF-32 or not text at all", charset=charset, line=1)
    if chunk.startswith(codecs.BOM_UTF8):
        if charset != "utf-8":
            raise WrongCharset(f"the file is UTF-8, not {charset} as declared", charset=charset, line=1)
        return chunk[len(codecs.BOM_UTF8) :]
    return chunk


def match_header(dataset: Dataset, header: Sequence[str]) -> tuple[list[str | None], frozenset[str]]:
    """Give the field code of each column (None: unknown), and the unknown columns' names.

    Raises:
        DuplicateColumn: if two columns mean the same field.
        MissingColumn: if a required field has no column.
    """
    names = [name.strip().lstrip("\ufeff") for name in header]
    codes = [dataset.code_of_header.get(name) or dataset.code_of_header.get(name.lower()) for name in names]
    known = [code for code in codes if code]
    repeated = sorted({code for code in known if known.count(code) > 1})
    if repeated:
        raise DuplicateColumn(f"columns appear twice: {', '.join(repeated)}", columns=_labelled(dataset, repeated))
    require_columns(dataset, set(known))
    return codes, frozenset(name[:60] for name, code in zip(names, codes, strict=True) if code is None and name)


def require_columns(dataset: Dataset, present: set[str]) -> None:
    """Check that every required field has a column.

    Raises:
        MissingColumn: naming those that have none.
    """
    missing = [column.code for column in dataset.columns if column.code in dataset.required - present]
    if missing:
        raise MissingColumn(f"required columns are missing: {', '.join(missing)}", columns=_labelled(dataset, missing))


def _labelled(dataset: Dataset, codes: Sequence[str]) -> list[dict[str, str]]:
    return [{"code": code, "label": dataset.by_code[code].label} for code in codes]
