"""One part, from the bytes as sent to its files, in constant memory and on all cores."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from threading import Thread

import pyarrow as pa

from intake.declared import Declared
from intake.lines import Lines, Rows, reader_of
from intake.notes import MAX_NOTES, Note, listed
from intake.parser import Limits, Parser
from intake.refusals import EMPTY, RefusedError
from intake.text import Chunk
from servicekit.characters import PRIVATE
from servicekit.crypto import FieldCipher
from servicekit.failpoints import failpoint
from servicekit.tokens import Tokeniser
from sharing.catalogue.service import Dataset
from sharing.deliveries.identities import IdentityWriter, beside, packed
from sharing.deliveries.intake.checked import check_rows
from sharing.deliveries.intake.part_file import PartFile, rows_of
from sharing.deliveries.intake.subjects import subject_tokens
from sharing.deliveries.intake.tokens import tokens_of
from sharing.deliveries.rejects import RejectWriter
from sharing.deliveries.sheet import layout_of
from sharing.lake.service import Lake

_NICE = 10  # of 19: a tenth of the processor against a request, all of it where nobody asks
_IN_FLIGHT = 2  # chunks of one upload being worked on; more would only cost memory


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
    """Where a part belongs: its number, the area of its delivery, and its final paths in the lake."""

    part_no: int
    area_code: str
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
    as_of: date | None
    corrects: frozenset[str]


@dataclass(frozen=True)
class _Processed:
    rows: pa.Table
    rejected: Sequence[tuple[int, Sequence[tuple[str, str]], str]]
    notes: frozenset[Note]
    header: Sequence[str] | None
    separator: str
    sheet: str
    sheet_line: int
    as_of: date | None
    corrects: frozenset[str]
    identities: bytes


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
        self._reader = reader_of(declared.format, layout_of(dataset))
        self._work: deque[Future[_Processed]] = deque()
        self._notes: dict[Note, None] = {}
        self._stated: set[date] = set()
        self._corrects: set[str] = set()
        self._failure: BaseException | None = None
        self._rows_file = tools.lake.incoming(f"{place.upload_id}.parquet")
        self._part = PartFile(self._rows_file, dataset)
        self._rejects = RejectWriter(tools.lake.incoming(f"{place.upload_id}.sealed"), tools.cipher, place.rejects_path)
        self._identities = IdentityWriter(
            tools.lake.incoming(f"{place.upload_id}.identities"), tools.cipher, beside(place.rows_path)
        )
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
        self._identities.close()
        has_rejects_file = self._rejects.close()
        rows = self._part.rows + self._rejects.rows
        if rows == 0:
            raise RefusedError(EMPTY, "the part has no rows")
        return PartSummary(
            rows=rows,
            accepted=self._part.rows,
            rejected=self._rejects.rows,
            reject_counts=dict(self._rejects.counts),
            warnings=warnings_of((*self._parser.notes, *self._reader.notes, *self._notes)),
            has_rejects_file=has_rejects_file,
            as_of=max(self._stated, default=None),
            corrects=frozenset(self._corrects),
        )

    def publish(self) -> list[str]:
        """Make the files durable in their places in the lake; give their paths."""
        self._tools.lake.publish(self._rows_file, self._place.rows_path)
        failpoint("sharing.rows_published")
        self._tools.lake.publish(self._identities.file, beside(self._place.rows_path))
        paths = [self._place.rows_path, beside(self._place.rows_path)]
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
        self._identities.close()
        self._rows_file.unlink(missing_ok=True)
        self._rejects.file.unlink(missing_ok=True)
        self._identities.file.unlink(missing_ok=True)

    def _read(self) -> None:
        """Submit the chunks as the child gives them, and work them off."""
        try:
            for chunk in self._parser.chunks():
                self._submit(chunk)
            self._reader.end()
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
        rows = self._reader.take(chunk)
        if rows is not None:
            self._work.append(self._tools.executor.submit(self._process, rows))
        while len(self._work) > _IN_FLIGHT:
            self._settle()

    def _settle(self) -> None:
        """Write the oldest chunk's rows; chunks are worked on side by side but written in order."""
        done = self._work.popleft().result()
        self._part.append(done.rows)
        self._identities.add(done.identities)
        if done.rejected:
            self._rejects.read_as(done.header, done.separator, done.sheet, done.sheet_line)
        for line, faults, raw in done.rejected:
            self._rejects.add(line, faults, raw)
        self._notes |= dict.fromkeys(sorted(done.notes))
        self._corrects |= done.corrects
        if done.as_of is not None:
            self._stated.add(done.as_of)

    def _process(self, read: Rows) -> _Processed:
        dataset = self._dataset
        checked = check_rows(dataset, read.read(), self._as_of, self._place.area_code)
        if dataset.is_of_persons:
            tokens = tokens_of(self._tools.tokeniser, checked.number18, checked.name)
        else:
            tokens = subject_tokens(dataset, checked.values)
        failpoint("sharing.rows_tokenised")
        rows = rows_of(dataset, self._place.part_no, checked.line_no, tokens, checked.values)
        identities = packed(checked.line_no, checked.number18, checked.name)
        lines, said = checked.lines, (checked.stated_as_of, checked.corrects, identities)
        read_as = (lines.header, lines.separator, lines.chunk.sheet, lines.chunk.sheet_line)
        return _Processed(rows, checked.rejected(), lines.notes | _private(lines), *read_as, *said)


def _private(lines: Lines) -> frozenset[Note]:
    """Name the rows whose names hold characters that only the sender's font knows."""
    if "name" not in lines.cells.columns:
        return frozenset()
    rows = lines.cells["name"].str.contains(PRIVATE).fill_null(False).arg_true()
    return frozenset(Note("name.private", lines.chunk.place_of(lines.line_no[row])) for row in rows[:MAX_NOTES])


def warnings_of(notes: Iterable[Note]) -> list[dict[str, str]]:
    """Give what a receipt says about an upload besides its rows."""
    return [{"code": note.code, "column": note.what, "message": note.message} for note in listed(notes)]


def new_executor() -> ThreadPoolExecutor:
    """Give the threads that chunks are worked on: one a core."""
    return ThreadPoolExecutor(
        max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="intake", initializer=_give_way
    )


def _give_way() -> None:
    """Let requests on this machine run before the work on a bulk delivery: Linux has a priority for each thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
