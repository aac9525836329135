"""Delivered rows, and the persons they belong to.

A row matches a person when ID token and person token (ID and name together) are equal; equal ID and
another name is quarantined: never evidence, but enough to forbid the claim that somebody is in no list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import fsspec  # type: ignore[import-untyped]  # ships no types

from sharing.comparison.inputs import Inputs, Source

# Of a limited run; beyond it reading everything is as fast.
_MAX_TOKENS = 1000


@dataclass(frozen=True)
class DatasetRows:
    """What the comparison reads of a dataset; see `rules/facts/datasets.toml`."""

    code: str
    name: str
    key: tuple[str, ...]
    newest: tuple[str, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Matching:
    """How the rows of a dataset met the directory. In a limited run only rows of its households are counted."""

    dataset: str
    rows: int
    matched: int
    quarantined: int
    unmatched: int


def link(connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, DatasetRows], inputs: Inputs) -> list[Matching]:
    """Create a table of linked rows for each dataset, and `row_source`; give the matching statistics.

    Linked rows: pn, hn, is_match, the declared columns. `row_source` tells, per household, the deliveries
    that rows came from, other than the full lists, which always count.
    """
    _register_filesystems(connection, inputs)
    connection.execute("CREATE TEMP TABLE row_source (dataset VARCHAR, hn INTEGER, delivery_id VARCHAR)")
    connection.execute(
        "CREATE TEMP TABLE source_file (dataset VARCHAR, path VARCHAR, delivery_id VARCHAR, kind VARCHAR,"
        " period VARCHAR, commit_seq BIGINT)"
    )
    files = [
        [source.dataset, path, source.delivery_id, source.kind, source.period, source.commit_seq]
        for source in inputs.sources
        for path in source.paths
    ]
    if files:
        connection.executemany("INSERT INTO source_file VALUES (?, ?, ?, ?, ?, ?)", files)
    is_unique = _fetch_one(connection, "SELECT count(id_token) = count(DISTINCT id_token) FROM person")
    tokens: list[str] = []
    if inputs.is_limited:
        found = connection.execute(
            "SELECT DISTINCT replace(CAST(id_token AS VARCHAR), '-', '') FROM person WHERE id_token IS NOT NULL"
            f" LIMIT {_MAX_TOKENS + 1}"
        ).fetchall()
        tokens = [row[0] for row in found] if len(found) <= _MAX_TOKENS else []
    statistics = []
    for dataset in datasets.values():
        sources = [source for source in inputs.sources if source.dataset == dataset.code]
        statistics.append(_link_dataset(connection, dataset, sources, inputs, is_unique=bool(is_unique), tokens=tokens))
    return statistics


def _link_dataset(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetRows,
    sources: list[Source],
    inputs: Inputs,
    *,
    is_unique: bool,
    tokens: Sequence[str],
) -> Matching:
    rows = _rows_sql(dataset, sources, tokens)
    columns = "".join(f", r.{column}" for column in dataset.columns)
    connection.execute(
        f"CREATE TEMP TABLE {dataset.name}_linked AS"
        " SELECT p.pn, p.hn, coalesce(r.person_token = p.person_token, FALSE) AS is_match,"
        f" r.delivery_id, r.kind{columns}"
        f" FROM ({rows}) r JOIN person p ON p.id_token = r.id_token"
    )
    connection.execute(
        f"CREATE TEMP VIEW {dataset.name} AS SELECT * EXCLUDE (delivery_id, kind) FROM {dataset.name}_linked"
    )
    if not any(source.paths for source in sources):
        return Matching(dataset.code, 0, 0, 0, 0)
    connection.execute(
        f"INSERT INTO row_source SELECT DISTINCT ?, hn, delivery_id FROM {dataset.name}_linked WHERE kind <> 'full'",
        [dataset.code],
    )
    if is_unique or inputs.is_limited:
        linked, matched = _fetch_row(
            connection, f"SELECT count(*), count(*) FILTER (is_match) FROM {dataset.name}_linked"
        )
    else:  # an ID number registered twice would count its rows twice
        linked, matched = _fetch_row(
            connection,
            "SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token"
            f" AND p.person_token = r.person_token)) FROM ({rows}) r"
            " WHERE EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token)",
        )
    total = linked if inputs.is_limited else _fetch_one(connection, f"SELECT count(*) FROM ({rows}) r")
    return Matching(dataset.code, total, matched, linked - matched, total - linked)


def _rows_sql(dataset: DatasetRows, sources: list[Source], tokens: Sequence[str]) -> str:
    """Write the query of a dataset's effective rows: duplicates left out, the newest row of each key.

    With `tokens`, only the rows of these persons are read, where that cannot change which row of a key is the newest.
    """
    paths = [path for source in sources for path in source.paths]
    casts = "".join(f", CAST(r.{column} AS {kind}) AS {column}" for column, kind in dataset.columns.items())
    if not paths:
        nulls = "".join(f", CAST(NULL AS {kind}) AS {column}" for column, kind in dataset.columns.items())
        return (
            "SELECT CAST(NULL AS UUID) AS id_token, CAST(NULL AS UUID) AS person_token,"
            f" CAST(NULL AS VARCHAR) AS delivery_id, CAST(NULL AS VARCHAR) AS kind{nulls} WHERE FALSE"
        )
    listed = ", ".join(_quoted(path) for path in paths)
    excluded = " ".join(
        f"AND NOT (s.delivery_id = {_quoted(source.delivery_id)} AND (r.part_no, r.line_no) IN"
        f" (SELECT (part_no, line_no) FROM read_parquet({_quoted(source.exclusion)})))"
        for source in sources
        if source.exclusion
    )
    if tokens and "id_token" in dataset.key:
        # On the stored text, so that the scan skips the other columns of everybody else.
        excluded += f" AND r.id_token IN ({', '.join(_quoted(token) for token in tokens)})"
    order = ", ".join([*(f"r.{column} DESC" for column in dataset.newest), "s.period DESC", "s.commit_seq DESC"])
    key = ", ".join(f"r.{column}" for column in dataset.key)
    # Within one delivery the intake has left one row a key already.
    newest = (
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {order}, r.part_no, r.line_no) = 1"
        if len({source.delivery_id for source in sources if source.paths}) > 1
        else ""
    )
    return (
        "SELECT CAST(r.id_token AS UUID) AS id_token, CAST(r.person_token AS UUID) AS person_token,"
        f" s.delivery_id, s.kind{casts}"
        f" FROM read_parquet([{listed}], filename = 'source_path', union_by_name = true,"
        f" hive_partitioning = false) r"
        f" JOIN source_file s ON s.path = r.source_path AND s.dataset = {_quoted(dataset.code)}"
        f" WHERE TRUE {excluded} {newest}"
    )


def _register_filesystems(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    protocols = {path.split("://", 1)[0] for source in inputs.sources for path in source.paths if "://" in path}
    for protocol in sorted(protocols - {"file"}):
        connection.register_filesystem(fsspec.filesystem(protocol))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _fetch_row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, int]:
    row = connection.execute(sql).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _fetch_one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
