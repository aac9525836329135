"""CSV (RFC 4180, comma, header line): every physical line is a row.

A line break inside quotes is not supported on purpose: a stray quote then costs its own line, not the
rest of the file, and line numbers are those that an editor shows.
"""

from __future__ import annotations

import csv
import io

import polars as pl

from sharing.catalogue.service import Dataset
from sharing.deliveries.intake.lines import Lines, decode, match_header, strip_bom
from sharing.deliveries.problems import EmptyPart, PartUnreadable

MAX_COLUMNS = 200

_CELL = r'(?:[^",\r]*|"(?:[^"]|"")*")'
_UNQUOTED = r'[^",\r]*'


class CsvReader:
    """Reads CSV with a header of field codes or Chinese labels."""

    def __init__(self, dataset: Dataset, charset: str = "utf-8") -> None:
        """Read rows of `dataset`."""
        self._dataset = dataset
        self._charset = charset
        self.header: list[str] | None = None
        self._unknown: frozenset[str] = frozenset()

    def begin(self, first_chunk: bytes) -> tuple[bytes, int]:
        """Read the header line."""
        data = strip_bom(first_chunk, self._charset)
        number = 0
        while data:
            line, _, data = data.partition(b"\n")
            number += 1
            text = decode(line, self._charset, number).rstrip("\r")
            if text.strip(", \t"):
                self._learn(text)
                return data, number + 1
        raise EmptyPart("the file has no header line")

    def _learn(self, line: str) -> None:
        try:
            header = next(csv.reader([line], strict=True))
        except csv.Error as error:
            raise PartUnreadable("the header line's quoting is broken") from error
        if len(header) > MAX_COLUMNS:
            raise PartUnreadable(f"the file has more than {MAX_COLUMNS} columns")
        codes, self._unknown = match_header(self._dataset, header)
        self.header = header
        # Unknown columns get names that no field has; they are dropped after reading.
        self._names = [code or f"?{index}" for index, code in enumerate(codes)]
        self._kept = [code for code in codes if code]
        rest = len(header) - 1
        self._plain = f"^{_UNQUOTED}(?:,{_UNQUOTED}){{{rest}}}\\r?$"
        self._quoted = f"^{_CELL}(?:,{_CELL}){{{rest}}}\\r?$"

    def read(self, chunk: bytes, first_line: int) -> Lines:
        """Read a chunk of whole lines."""
        text = decode(chunk, self._charset, first_line)
        data = chunk if self._charset == "utf-8" else text.encode()
        lines = pl.read_lines(io.BytesIO(data), name="line").to_series()
        numbers = pl.int_range(first_line, first_line + len(lines), dtype=pl.Int64, eager=True)
        frame = pl.DataFrame({"n": numbers, "line": lines})
        has_quotes = b'"' in data
        is_row = lines.str.contains(self._quoted if has_quotes else self._plain)
        is_blank = lines.str.contains(r"^[,\s]*$")
        if is_row.all() and not is_blank.any():
            cells = self._parse(data, has_quotes)
            if cells.height == frame.height:
                return Lines(cells, frame["n"], (), data, first_line, self._unknown)
        broken = frame.filter(~is_row & ~is_blank)
        good = frame.filter(is_row & ~is_blank)
        cells = self._parse("\n".join([*good["line"].to_list(), ""]).encode(), has_quotes)
        if cells.height != good.height:  # pragma: no cover - the shape was checked line by line
            raise PartUnreadable("the file cannot be read as CSV")
        return Lines(
            cells,
            good["n"],
            [(n, line.rstrip("\r")) for n, line in broken.iter_rows()],
            data,
            first_line,
            self._unknown,
        )

    def _parse(self, data: bytes, has_quotes: bool) -> pl.DataFrame:
        schema = dict.fromkeys(self._names, pl.String)
        if not data:
            return pl.DataFrame(schema=schema).select(self._kept)
        return pl.read_csv(
            io.BytesIO(data),
            has_header=False,
            schema=schema,
            quote_char='"' if has_quotes else None,
            eol_char="\n",
        ).select(self._kept)
