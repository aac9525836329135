"""Writers of the department files: CSV in several charsets, XLSX with date cells, NDJSON compressed.

A record holds Python values by column code: `date`, `bool`, whole fen as `int` for money, codes for enums.
A `str` in any column and a `Decimal` in a money column are written as they stand; that is how wrong cells get into a
file. The same records always give the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter
import zstandard

from bangfu_county.datasets import Column, Dataset
from bangfu_county.model import Record

# Excel counts days from here (1900 system, with its extra leap day already passed).
_EXCEL_EPOCH = date(1899, 12, 30)
_FIXED_CREATION = datetime(2026, 1, 1)  # noqa: DTZ001 - workbook properties know no zone


class Part(Protocol):
    """One file of a delivery."""

    path: Path
    rows: int

    def write(self, record: Record) -> None:
        """Append a row."""

    def write_misshapen(self, record: Record, variant: int) -> None:
        """Append a row whose shape is broken, so that intake rejects it as `row.shape`."""

    def close(self) -> None:
        """Finish the file."""


def _money(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def _cell_text(column: Column, value: Any, row: int) -> str:
    """Write a cell of a text file; the row number picks among the spellings that clerks use."""
    if value is None:
        return ""
    if isinstance(value, str):
        if column.labels is not None:
            return value if row % 11 == 4 else column.labels.get(value, value)
        return value
    if isinstance(value, bool):
        yes, no = ("true", "false") if row % 13 == 5 else ("1", "0") if row % 13 == 8 else ("是", "否")
        return yes if value else no
    if isinstance(value, date):
        if row % 7 == 3:
            return f"{value:%Y/%m/%d}"
        return f"{value:%Y%m%d}" if row % 7 == 5 else value.isoformat()
    if column.kind == "money" and isinstance(value, int):
        text = _money(value)
        return text[:-3] if row % 9 == 2 and text.endswith(".00") else text
    return str(value)


class CsvPart:
    """A CSV file with Chinese headers.

    Args:
        path: Where it goes.
        dataset: Its columns.
        charset: For example "gbk" or "utf-8-sig".
        without: Codes of optional columns that this file lacks.
        with_remark: Adds a column 备注 that no catalogue knows.
        backwards: Turns the order of the columns round.
    """

    def __init__(
        self,
        path: Path,
        dataset: Dataset,
        charset: str,
        *,
        without: Sequence[str] = (),
        with_remark: bool = False,
        backwards: bool = False,
    ) -> None:
        self.path, self.rows, self.charset = path, 0, charset
        columns = [c for c in dataset.columns if c.code not in without]
        self._columns = columns[::-1] if backwards else columns
        self._remark = ["备注"] if with_remark else []
        self._stream = path.open("w", encoding=charset, newline="")
        self._csv = csv.writer(self._stream, lineterminator="\r\n")
        self._csv.writerow([c.header for c in self._columns] + self._remark)

    def _cells(self, record: Record) -> list[str]:
        cells = [_cell_text(c, record.get(c.code), self.rows) for c in self._columns]
        return cells + [""] * len(self._remark)

    def write(self, record: Record) -> None:
        """Append a row."""
        self.rows += 1
        self._csv.writerow(self._cells(record))

    def write_misshapen(self, record: Record, variant: int) -> None:
        """Append a row with a cell too many (even variant) or two too few (odd)."""
        self.rows += 1
        cells = self._cells(record)
        self._csv.writerow([*cells, "多余"] if variant % 2 == 0 else cells[:-2])

    def write_unclosed_quote(self, record: Record) -> None:
        """Append a row whose second cell opens a quotation that never ends; only as the last row of a file."""
        self.rows += 1
        cells = self._cells(record)
        self._stream.write(f'{cells[0]},"{",".join(cells[1:])}\r\n')

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()


class XlsxPart:
    """A workbook with one sheet: dates as date cells, sometimes as text or bare serial numbers, amounts as numbers."""

    def __init__(self, path: Path, dataset: Dataset) -> None:
        self.path, self.rows = path, 0
        self._columns = dataset.columns
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._book.set_properties({"created": _FIXED_CREATION})
        self._sheet = self._book.add_worksheet("数据")
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        for index, column in enumerate(self._columns):
            self._sheet.write_string(0, index, column.header)

    def write(self, record: Record) -> None:
        """Append a row."""
        self.rows += 1
        sheet, row = self._sheet, self.rows
        for index, column in enumerate(self._columns):
            value = record.get(column.code)
            if value is None:
                continue
            if isinstance(value, date) and row % 5 != 2:
                serial = (value - _EXCEL_EPOCH).days
                sheet.write_number(row, index, serial, self._day if row % 5 != 4 else None)
            elif column.kind == "money" and isinstance(value, (int, Decimal)):
                sheet.write_number(row, index, value / 100 if isinstance(value, int) else float(value))
            elif column.kind == "int" and isinstance(value, int):
                sheet.write_number(row, index, value)
            else:
                sheet.write_string(row, index, _cell_text(column, value, row))

    def write_misshapen(self, record: Record, variant: int) -> None:
        """A workbook has no way to break the shape of a row.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Finish the file."""
        self._book.close()


class NdjsonPart:
    """Compressed JSON lines with column codes as keys; amounts are strings, or numbers in an `as_numbers` part."""

    def __init__(self, path: Path, dataset: Dataset, *, as_numbers: bool = False) -> None:
        self.path, self.rows = path, 0
        self._money_columns = [c.code for c in dataset.columns if c.kind == "money"]
        self._as_numbers = as_numbers
        self._file = path.open("wb")
        if path.suffix == ".gz":
            # No time and no name in the header: the same rows give the same bytes.
            self._sink: Any = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, compresslevel=4, mtime=0)
        else:
            self._sink = zstandard.ZstdCompressor(level=3).stream_writer(self._file, closefd=False)
        self._buffer = io.StringIO()

    def _line(self, record: Record) -> str:
        shown = {key: value.isoformat() if isinstance(value, date) else value for key, value in record.items()}
        for code in self._money_columns:
            value = shown.get(code)
            if isinstance(value, int):
                shown[code] = value / 100 if self._as_numbers else _money(value)
            elif isinstance(value, Decimal):
                shown[code] = float(value) if self._as_numbers else str(value)
        return json.dumps(shown, ensure_ascii=False)

    def _append(self, line: str) -> None:
        self.rows += 1
        self._buffer.write(line + "\n")
        if self.rows % 2000 == 0:
            self._flush()

    def _flush(self) -> None:
        self._sink.write(self._buffer.getvalue().encode())
        self._buffer = io.StringIO()

    def write(self, record: Record) -> None:
        """Append a row."""
        self._append(self._line(record))

    def write_misshapen(self, record: Record, variant: int) -> None:
        """Append a line that is cut off in the middle (even variant) or is no object (odd)."""
        line = self._line(record)
        self._append(line[: len(line) // 2] if variant % 2 == 0 else "[1, 2, 3]")

    def close(self) -> None:
        """Finish the file."""
        self._flush()
        self._sink.close()
        self._file.close()
