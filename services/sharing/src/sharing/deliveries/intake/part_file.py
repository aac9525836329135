"""The Parquet file of a part: tokens and typed fields, never an ID number or a name."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from intake.layout import Kind
from sharing.catalogue.service import Dataset

# Rows are sorted by ID token, as many as are kept in memory at a time, and written in small row groups: the statistics
# of a part then tell where somebody's rows can be, in one row group of each block, and a Bloom filter where they are:
# a list of a million rows comes in some thirty parts, and hardly any of them has a row of theirs (docs/decisions/0019).
ROW_GROUP_ROWS = 8_192
BLOCK_ROWS = 15 * ROW_GROUP_ROWS

_ARROW: dict[Kind, pa.DataType] = {
    "str": pa.string(),
    "enum": pa.string(),
    "int": pa.int32(),
    "money": pa.decimal128(14, 2),
    "date": pa.date32(),
    "bool": pa.bool_(),
}


@lru_cache(maxsize=64)
def lake_schema(dataset_code: str, fields: tuple[tuple[str, Kind], ...]) -> pa.Schema:
    """Give the Parquet schema of a dataset's parts."""
    return pa.schema(
        [
            pa.field("part_no", pa.int32(), nullable=False),
            pa.field("line_no", pa.int64(), nullable=False),
            pa.field("id_token", pa.string()),
            pa.field("person_token", pa.string()),
            pa.field("as_of", pa.date32()),
            *(pa.field(code, _ARROW[kind]) for code, kind in fields),
        ],
        metadata={"bangfu.dataset": dataset_code},
    )


def schema_of(dataset: Dataset) -> pa.Schema:
    """Give the Parquet schema of `dataset`'s parts."""
    return lake_schema(dataset.code, tuple((field.code, field.type) for field in dataset.fields))


def rows_of(
    dataset: Dataset, part_no: int, line_no: pl.Series, tokens: tuple[pa.Array, pa.Array], values: pl.DataFrame
) -> pa.Table:
    """Assemble accepted rows in the order of the schema.

    Args:
        tokens: Of the ID numbers, and of the persons.
    """
    typed = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    schema = schema_of(dataset)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "part_no": pa.repeat(pa.scalar(part_no, pa.int32()), len(line_no)),
        "line_no": line_no.to_arrow(),
        "id_token": tokens[0],
        "person_token": tokens[1],
    } | {name: typed[name] for name in typed.column_names}
    return pa.table([columns[name].cast(schema.field(name).type) for name in schema.names], schema=schema)


def _looked_up(dataset: Dataset) -> set[str]:
    """Give the columns by whose values a comparison of a few households looks rows up."""
    return {"id_token"} if "id_token" in dataset.lake_key else {"id_token", dataset.lake_key[0]}


class PartFile:
    """Appends rows to a Parquet file; blocks are sorted and written as they fill, so memory stays flat."""

    def __init__(self, path: Path, dataset: Dataset) -> None:
        """Create the file."""
        self._schema = schema_of(dataset)
        # Tokens and amounts hardly repeat: a dictionary of them would only cost.
        unique = {"id_token", "person_token", "line_no"} | {f.code for f in dataset.fields if f.type == "money"}
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in self._schema.names if name not in unique],
            column_encoding={"line_no": "DELTA_BINARY_PACKED"},
            bloom_filter_options={name: {"ndv": ROW_GROUP_ROWS, "fpp": 0.01} for name in _looked_up(dataset)},
            store_decimal_as_integer=True,
        )
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self.rows = 0

    def append(self, rows: pa.Table) -> None:
        """Add rows; they may stay in memory until a block is full."""
        if rows.num_rows == 0:
            return
        self._pending.append(rows)
        self._pending_rows += rows.num_rows
        self.rows += rows.num_rows
        if self._pending_rows >= BLOCK_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left and the footer."""
        if self._pending:
            self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Let go of the file, whatever state it is in; safe to call at any time, also twice."""
        self._pending = []
        with contextlib.suppress(OSError, pa.ArrowException):
            self._writer.close()

    def _flush(self) -> None:
        rows = _by_token(pa.concat_tables(self._pending))
        self._writer.write_table(rows, row_group_size=ROW_GROUP_ROWS)
        self._pending, self._pending_rows = [], 0


def _by_token(rows: pa.Table) -> pa.Table:
    """Sort rows by the first eight digits of their ID tokens: finer than that no row group is."""
    column = rows["id_token"].combine_chunks()
    words = len(column[0].as_py()) // 8  # all tokens are as long
    digits = np.frombuffer(column.buffers()[2], dtype=">u8", count=rows.num_rows * words)
    return rows.take(np.argsort(digits[::words].astype(np.uint64)))
