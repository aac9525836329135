"""Delivered rows, and the persons they belong to.

A row matches a person when ID token and person token (ID and name together) are equal; equal ID and
another name is quarantined: never evidence, but enough to forbid the claim that somebody is in no list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import fsspec  # type: ignore[import-untyped]  # ships no types

from sharing.catalogue.service import DatasetRows
from sharing.comparison.inputs import Inputs, Only
from sharing.sources import Source


@dataclass(frozen=True)
class Matching:
    """How the rows of a dataset met the directory. In a limited run only rows of its households are counted."""

    dataset: str
    rows: int
    matched: int
    quarantined: int
    unmatched: int


def keys_in_lists(
    connection: duckdb.DuckDBPyConnection,
    datasets: Mapping[str, DatasetRows],
    sources: Sequence[Source],
    tokens: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    """Give what the lists have for some persons in the first column of a key, by dataset that has another key.

    The tokens are given literally, so that the parts' statistics tell which row groups can have them: parts are
    sorted by ID token.
    """
    register_filesystems(connection, sources)
    keys: dict[str, tuple[str, ...]] = {}
    for dataset in datasets.values():
        if "id_token" in dataset.key:
            continue
        paths = [path for source in sources if source.dataset == dataset.code for path in source.paths]
        keys[dataset.code] = ()
        if paths and tokens:
            found = connection.execute(
                f"SELECT DISTINCT {dataset.key[0]} FROM read_parquet([{_listed(paths)}], union_by_name = true,"
                f" hive_partitioning = false) WHERE id_token IN ({_listed(tokens)})"
            )
            keys[dataset.code] = tuple(sorted(key for (key,) in found.fetchall()))
    return keys


def link(connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, DatasetRows], inputs: Inputs) -> list[Matching]:
    """Create a table of linked rows for each dataset, and `row_source`; give the matching statistics.

    Linked rows: pn, hn, is_match, the declared columns. `row_source` tells, per household, the deliveries
    that rows came from, other than the full lists, which always count.
    """
    register_filesystems(connection, inputs.sources)
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
        columns = [list(column) for column in zip(*files, strict=True)]
        connection.execute(f"INSERT INTO source_file SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
    is_unique, has_aliases = _one(
        connection,
        "SELECT (SELECT count(id_token) = count(DISTINCT id_token) FROM person), EXISTS (SELECT 1 FROM id_alias)",
    )
    statistics = []
    for dataset in datasets.values():
        sources = [source for source in inputs.sources if source.dataset == dataset.code]
        looked_up = _looked_up(connection, dataset, inputs.only)
        rows = _rows_sql(dataset, sources, looked_up, has_aliases=has_aliases)
        statistics.append(_link_dataset(connection, dataset, sources, inputs, rows, is_unique=is_unique))
    return statistics


def _link_dataset(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetRows,
    sources: list[Source],
    inputs: Inputs,
    rows: str,
    *,
    is_unique: bool,
) -> Matching:
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
    if not any(_has_rows(source) for source in sources):
        return Matching(dataset.code, 0, 0, 0, 0)
    connection.execute(
        f"INSERT INTO row_source SELECT DISTINCT ?, hn, delivery_id FROM {dataset.name}_linked WHERE kind <> 'full'",
        [dataset.code],
    )
    if is_unique or inputs.is_limited:
        linked, matched = _one(connection, f"SELECT count(*), count(*) FILTER (is_match) FROM {dataset.name}_linked")
    else:  # an ID number registered twice would count its rows twice
        linked, matched = _one(
            connection,
            "SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token"
            f" AND p.person_token = r.person_token)) FROM ({rows}) r"
            " WHERE EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token)",
        )
    (total,) = (linked,) if inputs.is_limited else _one(connection, f"SELECT count(*) FROM ({rows}) r")
    return Matching(dataset.code, total, matched, linked - matched, total - linked)


def _looked_up(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, only: Only | None
) -> tuple[str, Sequence[str]] | None:
    """Give the column and its values by which a limited run finds the rows that matter; `None` reads all."""
    if only is None:
        return None
    if "id_token" in dataset.key:
        return "id_token", only.tokens
    column = dataset.key[0]
    pushed = connection.execute(
        f"SELECT DISTINCT fields ->> '{column}' FROM record WHERE dataset = {_quoted(dataset.code)}"
    )
    return column, sorted({*only.keys.get(dataset.code, ()), *(key for (key,) in pushed.fetchall() if key)})


def _rows_sql(
    dataset: DatasetRows, sources: list[Source], looked_up: tuple[str, Sequence[str]] | None, *, has_aliases: bool
) -> str:
    """Write the query of a dataset's effective rows: duplicates left out, the newest row of each key.

    Args:
        looked_up: Column and values of the only rows that are read of the lists; of the pushed rows, no other ones
            were written down.

    With aliases, a token of any key becomes the one that stands for its person, before anything is compared: rows of
    one person that were tokenised under two keys have one key again.
    """
    rows = [_pushed_sql(dataset)]
    if any(source.paths for source in sources) and (looked_up is None or looked_up[1]):
        rows.append(_parts_sql(dataset, sources, looked_up))
    order = ", ".join([*(f"{column} DESC" for column in dataset.newest), "period DESC", "commit_seq DESC"])
    # Within one delivery the intake has left one row a key already.
    newest = (
        f" QUALIFY row_number() OVER (PARTITION BY {', '.join(dataset.key)} ORDER BY {order}, part_no, line_no) = 1"
        if sum(bool(source.paths) for source in sources) > 1 or any(source.kind == "record" for source in sources)
        else ""
    )
    columns = "".join(f", {column}" for column in dataset.columns)
    found = f"({' UNION ALL '.join(rows)})"
    if has_aliases:
        found = (
            "(SELECT r.* REPLACE (coalesce(i.canonical, r.id_token) AS id_token,"
            f" coalesce(n.canonical, r.person_token) AS person_token) FROM {found} r"
            " LEFT JOIN id_alias i ON i.token = r.id_token LEFT JOIN person_alias n ON n.token = r.person_token)"
        )
    return f"SELECT id_token, person_token, delivery_id, kind{columns} FROM {found}{newest}"


def _parts_sql(dataset: DatasetRows, sources: list[Source], looked_up: tuple[str, Sequence[str]] | None) -> str:
    """Write the query of the rows in delivered files."""
    # On the stored text, so that the scan skips what the statistics of the parts exclude.
    only = f" AND r.{looked_up[0]} IN ({_listed(looked_up[1])})" if looked_up else ""
    casts = "".join(f", CAST(r.{column} AS {kind}) AS {column}" for column, kind in dataset.columns.items())
    listed = _listed(path for source in sources for path in source.paths)
    excluded = " ".join(
        f"AND NOT (s.delivery_id = {_quoted(source.delivery_id)} AND (r.part_no, r.line_no) IN"
        f" (SELECT (part_no, line_no) FROM read_parquet({_quoted(source.exclusion)})))"
        for source in sources
        if source.exclusion
    )
    return (
        "SELECT r.id_token, r.person_token, s.delivery_id, s.kind, s.period, s.commit_seq, r.part_no, r.line_no"
        f"{casts} FROM read_parquet([{listed}], filename = 'source_path', union_by_name = true,"
        " hive_partitioning = false) r"
        f" JOIN source_file s ON s.path = r.source_path AND s.dataset = {_quoted(dataset.code)}"
        f" WHERE TRUE {excluded}{only}"
    )


def _pushed_sql(dataset: DatasetRows) -> str:
    """Write the query of the rows that were pushed singly."""
    casts = "".join(
        f", CAST(r.fields ->> '{column}' AS {kind}) AS {column}" for column, kind in dataset.columns.items()
    )
    return (
        "SELECT r.id_token, r.person_token, r.delivery_id, 'record' AS kind, r.period, r.commit_seq, 1 AS part_no,"
        f" 1 AS line_no{casts} FROM record r WHERE r.dataset = {_quoted(dataset.code)}"
    )


def _has_rows(source: Source) -> bool:
    return bool(source.paths) or source.kind == "record"


def register_filesystems(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Let a connection read the parts where they are; one that is kept knows how already."""
    protocols = {path.split("://", 1)[0] for source in sources for path in source.paths if "://" in path}
    for protocol in sorted(protocols - {"file"}):
        if not connection.filesystem_is_registered(protocol):
            connection.register_filesystem(fsspec.filesystem(protocol))


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(_quoted(text) for text in texts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    [row] = connection.execute(sql).fetchall()
    return row
