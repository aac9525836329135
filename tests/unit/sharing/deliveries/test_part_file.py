"""The order of rows in a part: what lets a comparison of one household skip nearly all of a list."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sharing.catalogue.service import dataset_of
from sharing.deliveries.intake.part_file import BLOCK_ROWS, ROW_GROUP_ROWS, PartFile, rows_of, schema_of

DATASET = dataset_of("DS-CIV-TEMP")


def rows(first: int, count: int) -> pa.Table:
    tokens = pa.array([hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(first, first + count)])
    line_no = pl.Series(range(first, first + count), dtype=pl.Int64)
    values = {
        field.code: pl.Series([None] * count, dtype=DATASET.layout.by_name[field.code].dtype)
        for field in DATASET.fields
    }
    values["as_of"] = pl.Series([None] * count, dtype=pl.Date)
    return rows_of(DATASET, 1, line_no, (tokens, tokens), pl.DataFrame(values))


@pytest.mark.parametrize(("count", "blocks"), [(1, 1), (20_000, 1), (BLOCK_ROWS + 9_000, 2)])
def test_a_token_is_in_one_row_group_of_a_block_and_no_row_is_lost(tmp_path: Path, count: int, blocks: int) -> None:
    file = PartFile(tmp_path / "part.parquet", DATASET)
    for first in range(0, count, 7_000):
        file.append(rows(first, min(7_000, count - first)))
    file.close()
    part = pq.ParquetFile(tmp_path / "part.parquet")
    assert sorted(part.read(["line_no"])["line_no"].to_pylist()) == list(range(count))
    column = part.schema_arrow.names.index("id_token")
    groups = [part.metadata.row_group(number) for number in range(part.num_row_groups)]
    assert all(group.num_rows <= ROW_GROUP_ROWS for group in groups)
    bounds = [(found.min, found.max) for group in groups for found in [group.column(column).statistics]]
    for token in rows(0, min(count, 500))["id_token"].to_pylist():
        assert 1 <= sum(low <= token <= high for low, high in bounds) <= blocks


def test_a_filter_tells_which_row_groups_have_a_value_that_comparisons_look_up(tmp_path: Path) -> None:
    """Tokens of everybody, and houses: what statistics cannot tell when a list comes in many parts."""
    for code, looked_up in (("DS-CIV-TEMP", {"id_token"}), ("DS-HOU-GRADE", {"id_token", "house_ref"})):
        path = tmp_path / f"{code}.parquet"
        file = PartFile(path, dataset_of(code))
        schema = schema_of(dataset_of(code))
        row = {field.name: "7" * 32 if pa.types.is_string(field.type) else None for field in schema}
        file.append(pa.Table.from_pylist([row | {"part_no": 1, "line_no": 1}], schema=schema))
        file.close()
        found = duckdb.sql(
            f"SELECT path_in_schema FROM parquet_metadata('{path}') WHERE bloom_filter_offset IS NOT NULL"
        )
        assert {name for (name,) in found.fetchall()} == looked_up
