"""Rows of a delivered list by person: for comparisons of single households.

A list of a million rows is delivered in the department's order, and finding one household in it means
reading it. So each list that counts is kept once more on the worker's own disk, in the order of a hash of
the token, and mapped into memory: a look-up touches a few pages. A copy is derived, immutable, named by
what it was made from, and can be deleted at any time.
"""

from __future__ import annotations

import bisect
import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from servicekit.ids import new_id
from sharing.catalogue.service import DatasetRows
from sharing.deliveries.effective import EffectiveSource
from sharing.lake.store import Lake

_HASH = "hash"
_BATCH_ROWS = 65_536
_MAX_OPEN = 256


@dataclass(frozen=True)
class _Sorted:
    """A mapped copy: its batches, and the first hash of each."""

    batches: Sequence[pa.RecordBatch]
    hashes: Sequence[memoryview]
    firsts: Sequence[int]

    def find(self, wanted: int) -> Iterator[dict[str, Any]]:
        """Give the rows with a hash; equal hashes may stretch over several batches."""
        start = max(bisect.bisect_left(self.firsts, wanted) - 1, 0)
        for batch, hashes in zip(self.batches[start:], self.hashes[start:], strict=True):
            if hashes[0] > wanted:
                return
            low = bisect.bisect_left(hashes, wanted)
            high = bisect.bisect_right(hashes, wanted, lo=low)
            if low < high:
                yield from batch.slice(low, high - low).to_pylist()


class ListRows:
    """Look-ups in the lists of a lake. Methods block: call them in a thread."""

    def __init__(self, folder: Path, lake: Lake, *, memory_bytes: int) -> None:
        """Keep the copies in `folder`; sorting a list takes at most `memory_bytes`, then disk."""
        self._folder = folder
        self._lake = lake
        self._memory_bytes = memory_bytes
        self._open: dict[str, _Sorted] = {}
        self._lock = threading.Lock()

    def find(
        self, source: EffectiveSource, dataset: DatasetRows, column: str, wanted: Iterable[str]
    ) -> list[dict[str, Any]]:
        """Give the rows of a list whose `column` is one of `wanted`, without those that it excludes as duplicates.

        The first call for a list and column sorts the list: about a second for a million rows.
        """
        if not source.paths:
            return []
        rows = self._sorted(source, dataset, column)
        return [row for text in set(wanted) for row in rows.find(_hash(text)) if row[column] == text]

    def prepare(self, sources: Iterable[EffectiveSource], datasets: Mapping[str, DatasetRows]) -> None:
        """Sort what look-ups in these lists will need."""
        for source in sources:
            for column in dict.fromkeys(("id_token", datasets[source.dataset].key[0])):
                if source.paths:
                    self._sorted(source, datasets[source.dataset], column)

    def retain(self, sources: Iterable[EffectiveSource]) -> int:
        """Delete the copies of lists that no longer count; give their number."""
        kept = {_name(source, column) for source in sources for column in ("id_token", "house_ref")}
        gone = [file for file in self._folder.glob("*.arrow") if file.name not in kept]
        with self._lock:
            for file in gone:
                self._open.pop(file.name, None)
                file.unlink(missing_ok=True)
        return len(gone)

    def _sorted(self, source: EffectiveSource, dataset: DatasetRows, column: str) -> _Sorted:
        name = _name(source, column)
        with self._lock:
            if name not in self._open:
                file = self._folder / name
                if not file.exists():
                    self._sort(source, dataset, column, file)
                while len(self._open) >= _MAX_OPEN:
                    self._open.pop(next(iter(self._open)))
                self._open[name] = _mapped(file)
            return self._open[name]

    def _sort(self, source: EffectiveSource, dataset: DatasetRows, column: str, file: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{new_id()}.draft")
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{self._memory_bytes}B",
            "temp_directory": str(self._folder / "tmp"),
            "preserve_insertion_order": True,
        }
        columns = "".join(f", CAST({name} AS {kind}) AS {name}" for name, kind in dataset.columns.items())
        excluded = (
            " WHERE (part_no, line_no) NOT IN (SELECT (part_no, line_no) FROM read_parquet($exclusion))"
            if source.exclusion
            else ""
        )
        parameters: dict[str, Any] = {"paths": list(source.paths)}
        parameters |= {"exclusion": source.exclusion} if source.exclusion else {}
        try:
            with duckdb.connect(config=config) as connection:
                self._lake.attach(connection)
                query = (
                    f"SELECT md5_number_lower({column}) AS {_HASH}, id_token, person_token, part_no, line_no{columns}"
                    " FROM read_parquet($paths, union_by_name = true, hive_partitioning = false)"
                    f"{excluded} ORDER BY {_HASH}"
                )
                reader = connection.sql(query, params=parameters).to_arrow_reader(_BATCH_ROWS)
                with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
                    for batch in reader:
                        writer.write_batch(batch)
            draft.rename(file)
        finally:
            draft.unlink(missing_ok=True)


def _name(source: EffectiveSource, column: str) -> str:
    made_of = "\n".join((*source.paths, source.exclusion or "", column))
    return f"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}.arrow"


def _hash(text: str) -> int:
    """DuckDB's `md5_number_lower`."""
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little")


def _mapped(file: Path) -> _Sorted:
    reader = pa.ipc.open_file(pa.memory_map(str(file)))
    batches = [reader.get_batch(index) for index in range(reader.num_record_batches)]
    batches = [batch for batch in batches if batch.num_rows]
    hashes = [memoryview(batch.column(_HASH).buffers()[1]).cast("Q")[: batch.num_rows] for batch in batches]
    return _Sorted(batches, hashes, [each[0] for each in hashes])
