"""Rejected rows: kept encrypted until the department has fetched and corrected them.

A reject file is a text file of sealed blocks, one a line. A block that is an object tells how the raw rows after it are
to be read; every other block holds some hundred rejected rows as NDJSON. A block is bound to its place, so that
blocks cannot be moved between parts unnoticed.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from contracts.errors import FieldError
from intake.written import MERGED
from servicekit.crypto import FieldCipher
from sharing.catalogue.service import Dataset
from sharing.deliveries.texts import error_of

BLOCK_ROWS = 500


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row as the department reads it.

    Attributes:
        faults: What is wrong with it; a pointer is `/field`, or empty for the row itself.
        row: The row as it came, by the file's own headers; a line that is no row has one key, `_raw`.
        sheet, sheet_row: Of a workbook: the sheet that it stands in, and its row there; empty and the line elsewhere.
    """

    part: int
    line: int
    faults: tuple[FieldError, ...]
    row: dict[str, Any]
    sheet: str = ""
    sheet_row: int | None = None


def _place(path: str, block: int) -> str:
    return f"rejects|{path}|{block}"


class RejectWriter:
    """Writes a part's rejected rows; the file exists only once there is one."""

    def __init__(self, file: Path, cipher: FieldCipher, path: str) -> None:
        """Write to `file`, sealed with `cipher` for its final place `path` in the lake."""
        self.file = file
        self.path = path
        self._cipher = cipher
        self._out: IO[str] | None = None
        self._block = 0
        self._pending: list[str] = []
        self._reading: str | None = None
        self._is_said = False
        self.rows = 0
        self.counts: Counter[str] = Counter()

    def read_as(self, header: Sequence[str] | None, separator: str, sheet: str = "", sheet_line: int = 1) -> None:
        """Say how the rows that follow are to be read: each sheet of a workbook has its own header and first line."""
        said = {"header": header, "separator": separator, "sheet": sheet, "sheet_line": sheet_line}
        reading = json.dumps(said, ensure_ascii=False)
        if reading != self._reading:
            if self._pending:
                self._flush()
            self._reading, self._is_said = reading, False

    def add(self, line: int, faults: Sequence[tuple[str, str]], raw: str) -> None:
        """Add a row: its line number, `(field, code)` of each fault, and its text."""
        self.rows += 1
        self.counts[faults[0][1]] += 1
        self._pending.append(json.dumps([line, faults, raw], ensure_ascii=False))
        if len(self._pending) >= BLOCK_ROWS:
            self._flush()

    def close(self) -> bool:
        """Write what is left; tell whether there is a file."""
        if self._pending:
            self._flush()
        if self._out is not None:
            self._out.close()
        return self._out is not None

    def abandon(self) -> None:
        """Close without writing; safe to call at any time, also twice."""
        self._pending = []
        if self._out is not None:
            self._out.close()

    def _flush(self) -> None:
        if self._out is None:
            self._out = self.file.open("w", encoding="ascii")
        if not self._is_said:
            self._is_said = True
            self._seal(self._reading or json.dumps({"header": None, "separator": ","}))
        self._seal("\n".join(self._pending))
        self._pending = []

    def _seal(self, text: str) -> None:
        assert self._out is not None  # noqa: S101 - for the type checker
        self._out.write(self._cipher.encrypt(text, _place(self.path, self._block)) + "\n")
        self._block += 1


def read_rejects(
    blocks: Iterable[str], cipher: FieldCipher, path: str, *, dataset: Dataset, part: int
) -> Iterator[RejectedRow]:
    """Give the rejected rows of a file, in order of lines.

    Raises:
        DecryptionError: if the file is damaged or belongs elsewhere.
    """
    header: list[str] | None = None
    separator, sheet, sheet_line = ",", "", 1
    for number, block in enumerate(blocks):
        text = cipher.decrypt(block.rstrip("\n"), _place(path, number))
        if text.startswith("{"):
            reading = json.loads(text)
            header, separator = reading["header"], reading["separator"]
            sheet, sheet_line = reading.get("sheet", ""), reading.get("sheet_line", 1)  # older files tell neither
            continue
        for entry in text.split("\n"):
            line, faults, raw = json.loads(entry)
            told = tuple(error_of(dataset, field, code) for field, code in faults)
            sheet_row = line - sheet_line + 1 if sheet else None
            yield RejectedRow(part, line, told, _row_of(raw, header, separator), sheet, sheet_row)


def reseal(blocks: Iterable[str], cipher: FieldCipher, path: str, new_path: str) -> Iterator[str]:
    """Give the blocks of a file, sealed with the cipher's current key for another place.

    Raises:
        DecryptionError: as `read_rejects`.
    """
    for number, block in enumerate(blocks):
        yield cipher.renew(block.rstrip("\n"), _place(path, number), _place(new_path, number)) + "\n"


def _row_of(raw: str, header: Sequence[str] | None, separator: str) -> dict[str, Any]:
    if header is None:
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError):
            row = None
        return row if isinstance(row, dict) else {"_raw": raw}
    try:
        cells = next(csv.reader([raw], strict=True, delimiter=separator))
    except (csv.Error, StopIteration):
        return {"_raw": raw}
    cells = [cell.removeprefix(MERGED) for cell in cells]
    if len(cells) < len(header) or any(cells[len(header) :]):
        return {"_raw": raw}
    return dict(zip(header, cells, strict=False))
