"""What a whole list tells beside its rows: the newest day that it tells of, and whom last month's had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from servicekit.areas import prefix_of
from sharing.catalogue.service import DatasetRows
from sharing.comparison.evaluation.inputs import Inputs
from sharing.comparison.evaluation.linking import register_filesystems
from sharing.comparison.evaluation.rows_sql import linked_columns, listed
from sharing.sources import Source

DayOfPart = dict[str, date | None]


def days_of(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], known: DayOfPart) -> dict[str, date]:
    """Give the newest day that the rows of each whole list tell of, by delivery: from the parts' statistics.

    Args:
        known: By path, the day of each part that was asked before; parts never change. The others are added.
    """
    lists = {path: source.delivery_id for source in sources if source.kind == "full" for path in source.paths}
    new = [path for path in lists if path not in known]
    if new:
        register_filesystems(connection, sources)
        found = connection.execute(
            "SELECT file_name, max(CAST(stats_max_value AS DATE)) FROM parquet_metadata(?)"
            " WHERE path_in_schema = 'as_of' GROUP BY file_name",
            [new],
        )
        known |= dict.fromkeys(new) | dict(found.fetchall())
    days: dict[str, date] = {}
    for path, delivery_id in lists.items():
        day = known[path]
        if day is not None:
            days[delivery_id] = max(day, days.get(delivery_id, day))
    return days


def link_before(
    connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, DatasetRows], inputs: Inputs
) -> list[str]:
    """Create `<name>_before` for each dataset whose last list is compared: its rows as `link` gives this month's.

    Returns:
        Those that have no rows, for there was no list.
    """
    unheard = []
    register_filesystems(connection, inputs.before)
    for dataset in datasets.values():
        if not dataset.is_compared:
            continue
        columns = "".join(f", CAST(r.{column} AS {kind}) AS {column}" for column, kind in dataset.columns.items())
        sources = [source for source in inputs.before if source.dataset == dataset.code and source.paths]
        if not sources:
            unheard.append(f"{dataset.name}_before")
            connection.execute(f"CREATE TEMP TABLE {unheard[-1]} ({linked_columns(dataset)})")
            continue
        rows = " UNION ALL ".join(_rows_sql(dataset, source, inputs) for source in sources)
        connection.execute(
            f"CREATE TEMP TABLE {dataset.name}_before AS"
            f" SELECT p.pn, p.hn, coalesce(n.person_token, r.person_token) = p.person_token AS is_match{columns}"
            f" FROM ({rows}) r"
            " LEFT JOIN (SELECT DISTINCT id_token, canonical_id_token AS canonical FROM token) i USING (id_token)"
            " LEFT JOIN (SELECT DISTINCT person_token AS token, canonical_person_token AS person_token FROM token) n"
            " ON n.token = r.person_token"
            " JOIN person p ON p.id_token = coalesce(i.canonical, r.id_token)"
            " JOIN household h ON h.hn = p.hn AND (starts_with(h.area_code, r.area_prefix)"
            " OR starts_with(h.moved_from, r.area_prefix) OR starts_with(p.came_from, r.area_prefix))"
        )
    return unheard


def _rows_sql(dataset: DatasetRows, source: Source, inputs: Inputs) -> str:
    columns = ", ".join(["id_token", "person_token", *dataset.columns])
    only = excluded = ""
    if inputs.only is not None:
        only = f" AND id_token IN ({listed(inputs.only.tokens)})" if inputs.only.tokens else " AND FALSE"
    if source.exclusion:
        excluded = f" AND (part_no, line_no) NOT IN (SELECT (part_no, line_no) FROM read_parquet('{source.exclusion}'))"
    return (
        f"SELECT {columns}, '{prefix_of(source.area_code)}' AS area_prefix"
        f" FROM read_parquet([{listed(source.paths)}], union_by_name = true, hive_partitioning = false)"
        f" WHERE TRUE{only}{excluded}"
    )
