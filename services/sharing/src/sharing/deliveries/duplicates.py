"""Rows of a delivery that share a key: found set-based over its parts, the first one kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from sharing.catalogue.service import Dataset
from sharing.lake.service import Lake

# Order of rows in a delivery: by part, then by line. No file has 2^40 lines.
_POSITION = "(part_no::BIGINT << 40) + line_no"


def find_duplicates(
    lake: Lake, dataset: Dataset, paths: Sequence[str], target: Path, scratch: Path, *, memory_mb: int = 384
) -> int:
    """Write `(part_no, line_no)` of every row whose key came before to `target`; give their number.

    Memory is bounded: what does not fit is spilled to `scratch`. Blocks: call it in a thread.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    keys = ", ".join(f'"{column}"' for column in dataset.lake_key)
    with duckdb.connect(config={"memory_limit": f"{memory_mb}MB", "temp_directory": str(scratch), "threads": 2}) as db:
        lake.attach(db)
        db.execute(
            f"""
            CREATE TEMP TABLE repeated AS
            SELECT {keys}, min({_POSITION}) AS first_position
            FROM read_parquet($paths, hive_partitioning = false) GROUP BY {keys} HAVING count(*) > 1
            """,
            {"paths": [lake.url_of(path) for path in paths]},
        )
        if db.execute("SELECT count(*) FROM repeated").fetchone() == (0,):
            return 0
        [(written,)] = db.execute(
            f"""
            COPY (SELECT part_no, line_no FROM read_parquet($paths, hive_partitioning = false)
                  JOIN repeated USING ({keys}) WHERE {_POSITION} > first_position ORDER BY part_no, line_no)
            TO $target (FORMAT parquet, COMPRESSION zstd)
            """,
            {"paths": [lake.url_of(path) for path in paths], "target": str(target)},
        ).fetchall()
        return int(written)
