"""One part, from the bytes as sent to its files, in constant memory and on all cores."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from threading import Thread

import pyarrow as pa

from intake.declared import Declared
from intake.lines import reader_of
from intake.parser import Limits, Parser
from intake.refusals import EMPTY, RefusedError
from intake.text import Chunk
from servicekit.crypto import FieldCipher
from servicekit.failpoints import failpoint
from servicekit.tokens import Tokeniser
from sharing.catalogue.service import Dataset
from sharing.deliveries.intake.checked import check_rows
from sharing.deliveries.intake.part_file import PartFile, rows_of
from sharing.deliveries.intake.tokens import tokens_of
from sharing.deliveries.rejects import RejectWriter
from sharing.deliveries.texts import UNKNOWN_COLUMN
from sharing.lake.service import Lake

_NICE = 10  # of 19: a tenth of the processor against a request, all of it where nobody asks
_IN_FLIGHT = 2  # chunks of one upload being worked on; more would only cost memory
MAX_WARNINGS = 20


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


class PartIntake:
    """Takes the bytes of a part, checks and tokenises the rows, and writes them under temporary names.

    Call from one thread at a time; the rows come back from the child in another one.
    Nothing is visible until `publish`; `discard` undoes everything.
    """

    def __init__(
        self, dataset: Dataset, declared: Declared, *, place: Place, default_as_of: date, tools: Tools
    ) -> None:
        """Prepare to take a part of `dataset`."""
        self._dataset = dataset
        self._place = place
        self._as_of = default_as_of
        self._tools = tools
        self._reader = reader_of(declared.format, dataset.layout)
        self._has_begun = False
        self._work: deque[Future[_Processed]] = deque()
        self._unknown: set[str] = set()
        self._failure: BaseException | None = None
        self._rows_file = tools.lake.incoming(f"{place.upload_id}.parquet")
        self._part = PartFile(self._rows_file, dataset)
        self._rejects = RejectWriter(tools.lake.incoming(f"{place.upload_id}.sealed"), tools.cipher, place.rejects_path)
        self._parser = Parser(declared, tools.limits)
        self._reading = Thread(target=self._read, name="intake-chunks", daemon=True)
        self._reading.start()

    def feed(self, block: bytes) -> None:
        """Take bytes as they were sent.

        Raises:
            RefusedError: the part as a whole cannot be used.
        """
        if self._failure is not None or not self._parser.write(block):
            self._join()

    def finish(self) -> PartSummary:
        """Work off what is pending and close the files.

        Raises:
            RefusedError: as `feed`; EMPTY if there was not a single row.
        """
        self._parser.end()
        self._join()
        self._part.close()
        has_rejects_file = self._rejects.close()
        rows = self._part.rows + self._rejects.rows
        if rows == 0:
            raise RefusedError(EMPTY, "the part has no rows")
        return PartSummary(
            rows=rows,
            accepted=self._part.rows,
            rejected=self._rejects.rows,
            reject_counts=dict(self._rejects.counts),
            warnings=[
                {"code": "column.unknown", "column": name, "message": UNKNOWN_COLUMN.format(name=name)}
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
        self._parser.close()
        self._reading.join()
        for future in self._work:
            future.cancel()
        for future in self._work:
            if not future.cancelled():
                future.exception()
        self._work.clear()
        self._rejects.abandon()
        self._part.abandon()
        self._rows_file.unlink(missing_ok=True)
        self._rejects.file.unlink(missing_ok=True)

    def _read(self) -> None:
        """Submit the chunks as the child gives them, and work them off."""
        try:
            for chunk in self._parser.chunks():
                self._submit(chunk)
            while self._work:
                self._settle()
        except BaseException as error:  # raised again where somebody waits for it
            self._failure = error
        finally:
            self._parser.close()

    def _join(self) -> None:
        self._reading.join()
        if self._failure is not None:
            raise self._failure

    def _submit(self, chunk: Chunk) -> None:
        if not self._has_begun:
            self._has_begun = True
            chunk = self._reader.begin(chunk)
            self._rejects.header, self._rejects.separator = self._reader.header, self._reader.separator
        if chunk.data:
            self._work.append(self._tools.executor.submit(self._process, chunk))
        while len(self._work) > _IN_FLIGHT:
            self._settle()

    def _settle(self) -> None:
        """Write the oldest chunk's rows; chunks are worked on side by side but written in order."""
        done = self._work.popleft().result()
        self._part.append(done.rows)
        for line, faults, raw in done.rejected:
            self._rejects.add(line, faults, raw)
        self._unknown |= done.unknown

    def _process(self, chunk: Chunk) -> _Processed:
        checked = check_rows(self._dataset, self._reader.read(chunk), self._as_of)
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
