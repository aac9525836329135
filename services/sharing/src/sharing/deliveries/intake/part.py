"""One part, from inflated bytes to its files, in constant memory and on all cores."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

from servicekit.crypto import FieldCipher
from servicekit.failpoints import failpoint
from servicekit.tokens import Tokeniser
from sharing.catalogue.service import Dataset
from sharing.deliveries.intake.checked import check_rows
from sharing.deliveries.intake.csv_text import CsvReader
from sharing.deliveries.intake.cutter import LineCutter
from sharing.deliveries.intake.lines import Reader, match_header
from sharing.deliveries.intake.ndjson import NdjsonReader
from sharing.deliveries.intake.part_file import PartFile, rows_of
from sharing.deliveries.intake.tokens import tokens_of
from sharing.deliveries.intake.workbook import UnreadableWorkbookError, WorkbookProcess, check_archive
from sharing.deliveries.problems import EmptyPart, PartTooLarge, WorkbookUnreadable
from sharing.deliveries.rejects import RejectWriter
from sharing.lake.store import Lake

Format = Literal["ndjson", "csv", "xlsx"]

_NICE = 10  # of 19: a tenth of the processor against a request, all of it where nobody asks
_IN_FLIGHT = 2  # chunks of one upload being worked on; more would only cost memory
MAX_WARNINGS = 20


@dataclass(frozen=True)
class Limits:
    """Limits on workbooks, in bytes: file, declared size of its entries, memory of the reading process."""

    workbook_bytes: int
    workbook_inflated_bytes: int
    workbook_memory_bytes: int


@dataclass(frozen=True)
class Tools:
    """What every intake of a process shares."""

    lake: Lake
    tokeniser: Tokeniser
    cipher: FieldCipher
    executor: ThreadPoolExecutor
    limits: Limits


@dataclass(frozen=True)
class Place:
    """Where a part belongs: its number, and its final paths in the lake."""

    part_no: int
    upload_id: str
    rows_path: str
    rejects_path: str


@dataclass(frozen=True)
class PartSummary:
    """What became of a part's rows."""

    rows: int
    accepted: int
    rejected: int
    reject_counts: dict[str, int]
    warnings: list[dict[str, str]]
    has_rejects_file: bool


@dataclass(frozen=True)
class _Processed:
    rows: pa.Table
    rejected: Sequence[tuple[int, Sequence[tuple[str, str]], str]]
    unknown: frozenset[str]


class _WorkbookReader(NdjsonReader):
    """Reads what the workbook process writes: a list of headers, then objects."""

    def begin(self, first_chunk: bytes) -> tuple[bytes, int]:
        import json

        line, _, rest = first_chunk.partition(b"\n")
        header = json.loads(line) if line.strip() else []
        if not any(header):
            raise EmptyPart("the sheet has no header row")
        match_header(self._dataset, header)
        return rest, 2


class PartIntake:
    """Takes inflated bytes, checks and tokenises the rows, and writes them under temporary names.

    Call from one thread at a time. Nothing is visible until `publish`; `discard` undoes everything.
    """

    def __init__(
        self, dataset: Dataset, *, file_format: Format, charset: str, place: Place, default_as_of: date, tools: Tools
    ) -> None:
        """Prepare to take a part of `dataset`."""
        self._dataset = dataset
        self._format = file_format
        self._place = place
        self._as_of = default_as_of
        self._tools = tools
        self._cutter = LineCutter()
        self._reader: Reader = (
            CsvReader(dataset, charset)
            if file_format == "csv"
            else _WorkbookReader(dataset)
            if file_format == "xlsx"
            else NdjsonReader(dataset, charset)
        )
        # Unlinked from the start; `discard` closes it.
        self._workbook = tempfile.TemporaryFile() if file_format == "xlsx" else None  # noqa: SIM115
        self._next_line: int | None = None
        self._work: deque[Future[_Processed]] = deque()
        self._unknown: set[str] = set()
        self._rows_file = tools.lake.incoming(f"{place.upload_id}.parquet")
        self._part = PartFile(self._rows_file, dataset)
        self._rejects = RejectWriter(tools.lake.incoming(f"{place.upload_id}.sealed"), tools.cipher, place.rejects_path)

    def feed(self, piece: bytes) -> None:
        """Take a piece of the inflated body.

        Raises:
            Problem: of `sharing.deliveries.problems`, when the part as a whole cannot be used.
        """
        if self._workbook is not None:
            if self._workbook.tell() + len(piece) > self._tools.limits.workbook_bytes:
                limit = self._tools.limits.workbook_bytes
                raise PartTooLarge(f"a workbook may have {limit} bytes", limit_bytes=limit)
            self._workbook.write(piece)
            return
        self._take(piece)

    def finish(self) -> PartSummary:
        """Work off what is pending and close the files.

        Raises:
            Problem: as `feed`; EmptyPart if there was not a single row.
        """
        if self._workbook is not None:
            self._read_workbook()
        for chunk in self._cutter.finish():
            self._submit(chunk)
        while self._work:
            self._settle()
        self._part.close()
        has_rejects_file = self._rejects.close()
        rows = self._part.rows + self._rejects.rows
        if rows == 0:
            raise EmptyPart("the part has no rows")
        return PartSummary(
            rows=rows,
            accepted=self._part.rows,
            rejected=self._rejects.rows,
            reject_counts=dict(self._rejects.counts),
            warnings=[
                {"code": "column.unknown", "column": name, "message": f"列“{name}”不属于该数据集,已忽略"}
                for name in sorted(self._unknown)[:MAX_WARNINGS]
            ],
            has_rejects_file=has_rejects_file,
        )

    def publish(self) -> list[str]:
        """Make the files durable in their places in the lake; give their paths."""
        self._tools.lake.publish(self._rows_file, self._place.rows_path)
        failpoint("sharing.rows_published")
        paths = [self._place.rows_path]
        if self._rejects.file.exists():
            self._tools.lake.publish(self._rejects.file, self._place.rejects_path)
            failpoint("sharing.rejects_published")
            paths.append(self._place.rejects_path)
        return paths

    def discard(self) -> None:
        """Drop everything that is not published. Safe to call at any time, also twice."""
        for future in self._work:
            future.cancel()
        for future in self._work:
            if not future.cancelled():
                future.exception()
        self._work.clear()
        self._rejects.abandon()
        self._part.abandon()
        if self._workbook is not None:
            self._workbook.close()
        self._rows_file.unlink(missing_ok=True)
        self._rejects.file.unlink(missing_ok=True)

    def _read_workbook(self) -> None:
        assert self._workbook is not None  # noqa: S101 - for the type checker
        limits = self._tools.limits
        try:
            self._workbook.flush()
            self._workbook.seek(0)
            check_archive(self._workbook, limits.workbook_inflated_bytes)
            self._workbook.seek(0)
            process = WorkbookProcess(self._workbook, limits.workbook_memory_bytes)
            try:
                for piece in process.lines():
                    self._take(piece)
            finally:
                process.close()
        except UnreadableWorkbookError as error:
            raise WorkbookUnreadable(str(error)) from error

    def _take(self, piece: bytes) -> None:
        for chunk in self._cutter.feed(piece):
            self._submit(chunk)

    def _submit(self, chunk: bytes) -> None:
        if self._next_line is None:
            chunk, self._next_line = self._reader.begin(chunk)
            self._rejects.header = self._reader.header
            if not chunk:
                return
        first_line = self._next_line
        self._next_line += chunk.count(b"\n")
        self._work.append(self._tools.executor.submit(self._process, chunk, first_line))
        while len(self._work) > _IN_FLIGHT:
            self._settle()

    def _settle(self) -> None:
        """Write the oldest chunk's rows; chunks are worked on side by side but written in order."""
        done = self._work.popleft().result()
        self._part.append(done.rows)
        for line, faults, raw in done.rejected:
            self._rejects.add(line, faults, raw)
        self._unknown |= done.unknown

    def _process(self, chunk: bytes, first_line: int) -> _Processed:
        checked = check_rows(self._dataset, self._reader.read(chunk, first_line), self._as_of)
        tokens = tokens_of(self._tools.tokeniser, checked.number18, checked.name)
        failpoint("sharing.rows_tokenised")
        rows = rows_of(self._dataset, self._place.part_no, checked.line_no, tokens, checked.values)
        return _Processed(rows, checked.rejected(), checked.lines.unknown)


def new_executor() -> ThreadPoolExecutor:
    """Give the threads that chunks are worked on: one a core."""
    return ThreadPoolExecutor(
        max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="intake", initializer=_give_way
    )


def _give_way() -> None:
    """Let requests on this machine run before the work on a bulk delivery: Linux has a priority for each thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
