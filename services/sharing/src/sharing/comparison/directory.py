"""The directory in DuckDB: what is kept between comparisons, and the households that changed since.

A run's folder holds `directory.duckdb`, an export that was made once, and CSV files with the households that
changed after it; or CSV files alone. What the engine sees is one table each: `household` (hn), `person` (pn, hn),
`income` (hn), `token` (hn), `record`. `hn` and `pn` number households and persons within a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from sharing.comparison.folders import read_csv

KEPT = "directory.duckdb"
CHANGED = "changed"
RECORD = "record"

# Part of an export's name in the database: a file of another shape, or of another DuckDB, is not read.
FORMAT = f"1, DuckDB {duckdb.__version__}"

_DIRECTORY = {
    "household": {
        "household_id": "VARCHAR",
        "area_code": "VARCHAR",
        "hh_type": "VARCHAR",
        "housing_tenure": "VARCHAR",
        "is_monitored": "BOOLEAN",
        "has_open_risk": "BOOLEAN",
        "last_negative_decision_on": "DATE",
    },
    "person": {
        "household_id": "VARCHAR",
        "person_id": "VARCHAR",
        "id_token": "VARCHAR",
        "person_token": "VARCHAR",
        "birth_date": "DATE",
        "labour": "VARCHAR",
        "relief": "VARCHAR",
        "has_finished_compulsory": "BOOLEAN",
    },
    "income": {
        "household_id": "VARCHAR",
        "year": "INTEGER",
        "net": "DECIMAL(14, 2)",
        "per_capita_net": "DECIMAL(14, 2)",
        "ref_per_capita": "DECIMAL(14, 2)",
        "self_paid": "DECIMAL(14, 2)",
    },
    # Tokens under further keys while the token key is being changed, and those that stand for the same person here.
    "token": {
        "household_id": "VARCHAR",
        "id_token": "VARCHAR",
        "person_token": "VARCHAR",
        "canonical_id_token": "VARCHAR",
        "canonical_person_token": "VARCHAR",
    },
}
_EXPORTS: Mapping[str, Mapping[str, str]] = _DIRECTORY | {
    # Households whose former rows, in what is kept, no longer count; whether they are still active or not.
    CHANGED: {"household_id": "VARCHAR"},
    # Rows pushed singly: those that count for the period.
    RECORD: {
        "dataset": "VARCHAR",
        "delivery_id": "VARCHAR",
        "period": "VARCHAR",
        "commit_seq": "BIGINT",
        "id_token": "VARCHAR",
        "person_token": "VARCHAR",
        "fields": "JSON",
    },
}
EXPORTED: Mapping[str, Sequence[str]] = {name: tuple(columns) for name, columns in _EXPORTS.items()}
"""The CSV files of an export and their columns, in order."""


def pack(folder: Path, file: Path, *, memory_bytes: int) -> None:
    """Make the file to keep out of the CSV files of a whole export. Blocks: call it in a thread."""
    with duckdb.connect(file, config={"memory_limit": f"{memory_bytes}B", "temp_directory": f"{file}.tmp"}) as db:
        for name, query in _numbered(folder, "", {"hn": 0, "pn": 0}).items():
            db.execute(f"CREATE TABLE {name} AS {query}")
        db.execute("CHECKPOINT")  # closing would do it too, and keep silent when the disk is full


def open_directory(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the directory of the run in `folder`, as views and temporary tables."""
    db.execute(f"CREATE TEMP TABLE {RECORD} AS FROM {_csv(folder, RECORD)}")
    if not (folder / KEPT).exists():
        for name, query in _numbered(folder, "", {"hn": 0, "pn": 0}).items():
            db.execute(f"CREATE TEMP TABLE {name} AS {query}")
        return
    db.execute(f"ATTACH '{folder / KEPT}' AS kept (READ_ONLY)")
    if not (folder / f"{CHANGED}.csv").stat().st_size:
        for name in _DIRECTORY:
            db.execute(f"CREATE TEMP VIEW {name} AS FROM kept.{name}")
        return
    db.execute(
        f"CREATE TEMP TABLE outdated AS SELECT hn FROM kept.household JOIN {_csv(folder, CHANGED)} USING (household_id)"
    )
    taken = {number: _last(db, number, table) for number, table in (("hn", "kept.household"), ("pn", "kept.person"))}
    for name, query in _numbered(folder, "new_", taken).items():
        db.execute(f"CREATE TEMP TABLE new_{name} AS {query}")
        db.execute(
            f"CREATE TEMP VIEW {name} AS FROM kept.{name} ANTI JOIN outdated USING (hn)"
            f" UNION ALL BY NAME FROM new_{name}"
        )


def _numbered(folder: Path, prefix: str, taken: Mapping[str, int]) -> dict[str, str]:
    """Give the queries of the directory's tables in an export, households first: table -> SQL."""
    queries = {"household": f"SELECT CAST(row_number() OVER () + {taken['hn']} AS INTEGER) AS hn, *"
               f" FROM {_csv(folder, 'household')}"}  # fmt: skip
    for name in ("person", "income", "token"):
        number = f"CAST(row_number() OVER () + {taken['pn']} AS INTEGER) AS pn, " if name == "person" else ""
        queries[name] = (
            f"SELECT {number}h.hn, t.* EXCLUDE (household_id)"
            f" FROM {_csv(folder, name)} t JOIN {prefix}household h USING (household_id)"
        )
    return queries


def _last(db: duckdb.DuckDBPyConnection, number: str, table: str) -> int:
    row = db.execute(f"SELECT coalesce(max({number}), 0) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _csv(folder: Path, name: str) -> str:
    return read_csv(folder / f"{name}.csv", _EXPORTS[name])
