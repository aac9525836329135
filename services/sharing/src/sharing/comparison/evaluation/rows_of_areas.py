"""Rows that are of no person: of an area, and of every household there."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from sharing.catalogue.service import DatasetRows
from sharing.comparison.evaluation.inputs import Inputs, heard_of
from sharing.comparison.evaluation.rows_sql import quoted

ALL_ROWS = "{}_row"  # the rows of a dataset that are of no person, each once


def link_by_area(connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, rows: str) -> None:
    """Create the table of a dataset's rows that are of no person, and of them one that `facts.sql` reads.

    A row is about every household of its area; what is no evidence contradicts another row of its delivery.
    """
    alone = ALL_ROWS.format(dataset.name)
    columns = "".join(f", r.{column}" for column in dataset.columns)
    connection.execute(f"CREATE TEMP TABLE {alone} AS FROM ({rows})")
    hn, households = "NULL::INTEGER AS hn, ", ""
    if dataset.meets_households:
        hn = "h.hn, "
        households = f" JOIN household h ON starts_with(h.area_code, {_prefix_sql(f'r.{dataset.area}')})"
    connection.execute(
        f"CREATE TEMP TABLE {dataset.name} AS SELECT {hn}NOT r.is_doubtful AS is_match{columns},"
        f" r.delivery_id AS _delivery_id, r.kind AS _kind FROM {alone} r{households}"
    )


def _prefix_sql(code: str) -> str:
    """Write what every area code below a 12-digit code begins with; as `prefix_of`."""
    return (
        f"CASE WHEN NOT ends_with({code}, '000') THEN {code} WHEN NOT ends_with({code}, '000000') THEN {code}[:9]"
        f" ELSE rtrim({code}, '0') || repeat('0', (length(rtrim({code}, '0')) % 2)::BIGINT) END"
    )


def ledgers_sql(datasets: Mapping[str, DatasetRows], inputs: Inputs) -> str:
    """Write the query of the rows that are of no person and count, as `sharing.ledgers.service.COLUMNS` has them."""
    of_each = [
        "SELECT NULL AS dataset, NULL AS token, NULL AS area_code, NULL AS fields, NULL AS delivery_id WHERE FALSE"
    ]
    for code in heard_of(datasets, inputs.sources):
        dataset = datasets[code]
        if dataset.area is None:
            continue
        told = ", ".join(
            f"'{name}', {name if kind in ('BOOLEAN', 'INTEGER') else f'CAST({name} AS VARCHAR)'}"
            for name, kind in dataset.columns.items()
        )
        of_each.append(
            f"SELECT {quoted(dataset.code)}, id_token, {dataset.area}, CAST(json_object({told}) AS VARCHAR),"
            " delivery_id"
            f" FROM {ALL_ROWS.format(dataset.name)} WHERE NOT is_doubtful"
        )
    return " UNION ALL ".join(of_each)


def counted_alone(connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, *, is_limited: bool) -> tuple[int, int]:
    """Give how many rows that are of no person there are, and how many contradict each other; keep those."""
    alone = ALL_ROWS.format(dataset.name)
    counts = f"SELECT count(*), count(*) FILTER (is_doubtful) FROM {alone}"
    [(total, doubtful)] = connection.execute(counts).fetchall()
    if doubtful and not is_limited:
        connection.execute(
            f"INSERT INTO unused SELECT {quoted(dataset.code)}, 'contradicts', delivery_id, part_no, line_no, id_token,"
            f" person_token, NULL, NULL, delivered_for FROM {alone} WHERE is_doubtful"
        )
    return total, doubtful
