"""The tables of a run in DuckDB: from the CSV files in its folder, and the parameters of each village."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sharing.comparison.evaluation.inputs import DECISIONS, RECORDS
from sharing.deliveries.service import RECORD_COLUMNS
from sharing.directory.service import EXPORTED
from sharing.worklist.service import DECISION_COLUMNS

_ARROW = {"VARCHAR": pa.string(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(), "DATE": pa.date32()}


def load_tables(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables of the run in `folder`: `household` (hn), `person` (pn, hn), `income` (hn), `token`, `record`.

    `hn` and `pn` number households and persons within a run; who of them is dead (`is_dead`) rows tell later.
    Households that are no longer active stay out, with all that they have.
    """
    household, person, income, token = (csv_rows(folder, f"{name}.csv", columns) for name, columns in EXPORTED.items())
    db.execute(
        "CREATE TEMP TABLE household AS SELECT CAST(row_number() OVER () AS INTEGER) AS hn, *,"
        " open_risks <> '{}' AS has_open_risk, unsafe_statuses <> '{}' AS has_unsafe_status"
        f" FROM {household} WHERE status = 'active'"
    )
    db.execute(
        "CREATE TEMP TABLE person AS SELECT CAST(row_number() OVER () AS INTEGER) AS pn, h.hn,"
        f" p.* EXCLUDE (household_id), FALSE AS is_dead FROM {person} p JOIN household h USING (household_id)"
    )
    db.execute(
        f"CREATE TEMP TABLE income AS SELECT h.hn, i.* EXCLUDE (household_id) FROM {income} i"
        " JOIN household h USING (household_id)"
    )
    # Tokens under further keys while the token key is being changed, and those that stand for the same person here.
    db.execute(
        "CREATE TEMP TABLE token AS SELECT t.id_token, t.person_token, p.id_token AS canonical_id_token,"
        f" p.person_token AS canonical_person_token FROM {token} t JOIN household h USING (household_id)"
        " JOIN person p ON p.hn = h.hn AND p.person_id = t.person_id"
    )
    db.execute(f"CREATE TEMP TABLE record AS FROM {csv_rows(folder, RECORDS, RECORD_COLUMNS)}")
    db.execute(f"CREATE TEMP TABLE decision AS FROM {csv_rows(folder, DECISIONS, DECISION_COLUMNS)}")


def load_parameters(
    db: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], given: Mapping[str, Sequence[Any]]
) -> None:
    """Create the table `parameter`, a row a village.

    Args:
        columns: Name and SQL type of each.
        given: Their values by name.
    """
    # As one Arrow table: a statement a village would take seconds for a province.
    table = pa.table({name: _arrow(given[name], kind) for name, kind in columns})
    # Amounts stay the texts that a profile has, so that DuckDB reads them as it would anywhere.
    typed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns if kind not in _ARROW)
    db.register("given", table)
    db.execute(f"CREATE OR REPLACE TEMP TABLE parameter AS SELECT * REPLACE ({typed}) FROM given")
    db.unregister("given")


def _arrow(values: Sequence[Any], kind: str) -> pa.Array:
    """Make a column of an SQL type, of texts if Arrow has none that DuckDB takes for it."""
    texts = pa.array([None if value is None else str(value) for value in values], pa.string())
    return texts.cast(_ARROW.get(kind, pa.string()))


def csv_rows(folder: Path, name: str, columns: Mapping[str, str]) -> str:
    """Write DuckDB's expression for the rows of a CSV file without a header, as PostgreSQL's COPY writes it."""
    file = folder / name
    if not file.exists():  # of an earlier run
        file = folder / f"{name}.zst"
    typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    # auto_detect=false: what was written is known, guessing could only be wrong.
    return (
        f"read_csv('{file}', auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = '', columns = {{{typed}}})"
    )
