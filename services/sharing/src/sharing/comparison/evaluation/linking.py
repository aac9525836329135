"""Delivered rows, and the persons they belong to.

A row matches a person when ID token and person token (ID and name together) are equal; equal ID and
another name is quarantined: never evidence, but enough to forbid the claim that somebody is in no list.

A delivery speaks for its area only: its rows about persons who are registered elsewhere are counted as outside. They
are no evidence, and take nothing back that another delivery says. Where whole lists overlap, what the older one says of
somebody whom the newer one speaks for is gone, whichever arrived first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import fsspec  # type: ignore[import-untyped]  # ships no types

from servicekit.areas import is_within, prefix_of
from sharing.catalogue.service import DatasetRows
from sharing.comparison.evaluation import dead
from sharing.comparison.evaluation.inputs import Inputs, Only, heard_of
from sharing.comparison.evaluation.rows_of_areas import counted_alone, link_by_area
from sharing.comparison.evaluation.rows_sql import (
    OUTSIDE,
    VILLAGE_OF,
    found_sql,
    linked_columns,
    listed,
    newest_of_area_sql,
    newest_sql,
    newest_within_sql,
    quoted,
)
from sharing.sources import LEFT_OUT, Source


@dataclass(frozen=True)
class Matching:
    """How the rows of a dataset met the directory. In a limited run only rows of its households are counted.

    Attributes:
        outside: Rows about persons who are registered outside the area that was delivered for; not in `rows`.
        deceased: Rows that no longer hold of their persons, who are dead; not counted in a limited run.
    """

    dataset: str
    rows: int
    matched: int
    quarantined: int
    unmatched: int
    outside: int = 0
    deceased: int = 0


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
        if "id_token" in dataset.key or dataset.area is not None:
            continue
        paths = [path for source in sources if source.dataset == dataset.code for path in source.paths]
        keys[dataset.code] = ()
        if paths and tokens:
            found = connection.execute(
                f"SELECT DISTINCT {dataset.key[0]} FROM read_parquet([{listed(paths)}], union_by_name = true,"
                f" hive_partitioning = false) WHERE id_token IN ({listed(tokens)})"
            )
            keys[dataset.code] = tuple(sorted(key for (key,) in found.fetchall()))
    return keys


def link(connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, DatasetRows], inputs: Inputs) -> list[Matching]:
    """Create a table of linked rows for each dataset, and `row_source`; give the matching statistics.

    Linked rows: pn, hn, is_match, the declared columns, and where the row is from. `row_source` tells, per household,
    the deliveries that rows came from, other than the full lists, which always count.
    """
    register_filesystems(connection, inputs.sources)
    _load_sources(connection, inputs.sources)
    is_unique, has_aliases, has_decisions = _one(
        connection,
        "SELECT (SELECT count(id_token) = count(DISTINCT id_token) FROM person), EXISTS (SELECT 1 FROM token),"
        " EXISTS (SELECT 1 FROM decision)",
    )
    for kind in ("id", "person") if has_aliases else ():
        connection.execute(
            f"CREATE TEMP TABLE {kind}_alias AS SELECT DISTINCT {kind}_token AS token,"
            f" canonical_{kind}_token AS canonical FROM token"
        )
    rows, outside = {}, {}
    heard = heard_of(datasets, inputs.sources if inputs.only is None else _near(connection, datasets, inputs))
    unheard = [dataset for code, dataset in datasets.items() if code not in heard]
    connection.execute(";".join(_nothing_sql(dataset) for dataset in unheard))
    for code, sources in heard.items():
        dataset = datasets[code]
        looked_up = _looked_up(connection, dataset, inputs.only)
        found = found_sql(dataset, sources, looked_up, has_aliases=has_aliases)
        if dataset.area is not None:
            rows[dataset.code] = newest_of_area_sql(dataset, found)
            link_by_area(connection, dataset, rows[dataset.code])
            continue
        # A list that has nobody of them may still say that an older one is over: all are asked whom they speak for.
        is_partial = _speak_for_parts([each for each in inputs.sources if each.dataset == code], inputs.areas)
        if is_partial:
            _place(connection, dataset)
            here = f"village_of_{dataset.name}"
            rows[dataset.code] = newest_within_sql(dataset, found).replace(VILLAGE_OF, here)
            elsewhere = OUTSIDE.format(found=found).replace(VILLAGE_OF, here)
            (outside[dataset.code],) = _one(connection, f"SELECT count(*) {elsewhere}")
        else:
            rows[dataset.code] = newest_sql(dataset, sources, found)
        _link_dataset(connection, dataset, rows[dataset.code], is_partial=is_partial, has_decisions=has_decisions)
    met = [datasets[code] for code in heard if datasets[code].meets_households]
    counted = _trace(connection, met)
    if not inputs.is_limited:
        connection.execute(f"CREATE TEMP TABLE unused ({_UNUSED})")
    statistics = []
    for code, dataset in datasets.items():
        matching = Matching(code, 0, 0, 0, 0)
        if code not in heard:
            pass
        elif dataset.area is not None:
            total, doubtful = counted_alone(connection, dataset, is_limited=inputs.is_limited)
            matching = Matching(code, total, total - doubtful, doubtful, 0)
        else:
            matching = _matching(connection, dataset, rows[code], counted[code], inputs, is_unique=is_unique)
        statistics.append(replace(matching, outside=outside.get(code, 0)))
    told = {code: datasets[code] for code in heard}
    deceased = dead.set_apart(connection, told, rows, is_limited=inputs.is_limited)
    return [replace(each, deceased=deceased.get(each.dataset, 0)) for each in statistics]


def _near(connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, DatasetRows], inputs: Inputs) -> list[Source]:
    """Give the sources with those of their parts alone that have rows of the persons of a limited run.

    One look at all parts: most lists have nobody of a few households, and a query of each takes longer than this.
    """
    assert inputs.only is not None  # noqa: S101 - the caller asks
    by_person = {code for code, dataset in datasets.items() if dataset.area is None and "id_token" in dataset.key}
    paths = [path for source in inputs.sources if source.dataset in by_person for path in source.paths]
    found = set()
    if paths and inputs.only.tokens:
        found = {
            path
            for (path,) in _all(
                connection,
                f"SELECT DISTINCT source_path FROM read_parquet([{listed(paths)}], filename = 'source_path',"
                f" union_by_name = true, hive_partitioning = false) WHERE id_token IN ({listed(inputs.only.tokens)})",
            )
        }
    return [
        replace(source, paths=tuple(path for path in source.paths if path in found))
        if source.dataset in by_person
        else source
        for source in inputs.sources
    ]


def _nothing_sql(dataset: DatasetRows) -> str:
    """Write what creates the table of linked rows of a dataset that nobody delivered."""
    return f"CREATE TEMP TABLE {dataset.name} ({linked_columns(dataset)}, _delivery_id VARCHAR, _kind VARCHAR)"


def _place(connection: duckdb.DuckDBPyConnection, dataset: DatasetRows) -> None:
    """Create `place` and `village_of`: where a dataset tells of households, and of persons by ID token."""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW place_{dataset.name} AS SELECT hn, area_code AS village FROM household"
        f" UNION SELECT hn, village FROM moved WHERE dataset = '{dataset.code}'"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW village_of_{dataset.name} AS SELECT DISTINCT p.id_token, h.village"
        f" FROM person p JOIN place_{dataset.name} h USING (hn) UNION SELECT p.id_token, a.village"
        f" FROM moved_alone a JOIN person p USING (pn) WHERE a.dataset = '{dataset.code}'"
    )


def _load_sources(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Create what rows are held against: `source_file`, `whole_list`, `pushed_for`, and `excluded` (and why)."""
    _create(
        connection,
        "source_file",
        "dataset VARCHAR, path VARCHAR, delivery_id VARCHAR, kind VARCHAR, period VARCHAR, known_on DATE,"
        " commit_seq BIGINT, area_prefix VARCHAR, delivered_for VARCHAR",
        [
            (each.dataset, path, each.delivery_id, each.kind, each.period, each.known_on, each.commit_seq,
             prefix_of(each.area_code), each.area_code)
            for each in sources for path in each.paths
        ],
    )  # fmt: skip
    _create(
        connection,
        "whole_list",
        "dataset VARCHAR, area_prefix VARCHAR, period VARCHAR, known_on DATE, commit_seq BIGINT",
        [
            (each.dataset, prefix_of(each.area_code), each.period, each.known_on, each.commit_seq)
            for each in sources if each.kind == "full"
        ],
    )  # fmt: skip
    pushed_for = sorted({source.area_code for source in sources if source.kind == "record"})
    _create(
        connection,
        "pushed_for",
        "area_code VARCHAR, area_prefix VARCHAR",
        [(area_code, prefix_of(area_code)) for area_code in pushed_for],
    )
    _create(connection, "excluded", "delivery_id VARCHAR, part_no INTEGER, line_no BIGINT, reason VARCHAR", [])
    for source in sources:
        if source.exclusion:
            connection.execute(
                "INSERT INTO excluded"
                f" SELECT $delivery, part_no, line_no, coalesce(reason, 'repeated') FROM {LEFT_OUT}",
                {"delivery": source.delivery_id, "exclusion": source.exclusion},
            )


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Create a table with some rows."""
    connection.execute(f"CREATE TEMP TABLE {table} ({columns})")
    if rows:
        values = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?)'] * len(values))}", values)


def _speak_for_parts(sources: Sequence[Source], villages: Sequence[str]) -> bool:
    """Tell whether some source's area leaves out some of the villages that are compared."""
    roots = {source.area_code for source in sources}
    return any(not is_within(village, root) for root in roots for village in villages)


def _link_dataset(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, rows: str, *, is_partial: bool, has_decisions: bool
) -> None:
    columns = "".join(f", r.{column}" for column in dataset.columns)
    is_same, decided = "r.person_token = p.person_token", ""
    if has_decisions:
        # What a person has decided about a number and a name beside it: the same one as registered, or another.
        is_same = f"({is_same} OR coalesce(d.verdict = 'same_person', FALSE))"
        decided = (
            f" LEFT JOIN decision d ON d.dataset = {quoted(dataset.code)} AND d.id_token = r.id_token"
            " AND d.person_token = r.person_token WHERE d.verdict IS DISTINCT FROM 'other_person'"
        )
    # Somebody who is a member of two households is told of in the one that the delivery speaks for.
    at_place = f"SELECT 1 FROM place_{dataset.name} h WHERE h.hn = p.hn AND starts_with(h.village, r.area_prefix)"
    at_place += (
        f" UNION ALL SELECT 1 FROM moved_alone a WHERE a.dataset = {quoted(dataset.code)} AND a.pn = p.pn"
        " AND starts_with(a.village, r.area_prefix)"
    )
    within = f" AND EXISTS ({at_place})" if is_partial else ""
    connection.execute(
        f"CREATE TEMP TABLE {dataset.name} AS"
        f" SELECT p.pn, p.hn, coalesce({is_same} AND NOT r.is_doubtful, FALSE) AS is_match{columns},"
        " r.delivery_id AS _delivery_id, r.kind AS _kind, r.period AS _period"
        f" FROM ({rows}) r JOIN person p ON p.id_token = r.id_token{decided}{within}"
    )


def _trace(connection: duckdb.DuckDBPyConnection, datasets: Sequence[DatasetRows]) -> Mapping[str, tuple[int, int]]:
    """Create `row_source`; give the linked rows and those that match, by dataset."""
    connection.execute("CREATE TEMP TABLE row_source (dataset VARCHAR, hn INTEGER, delivery_id VARCHAR)")
    if not datasets:
        return {}
    named = [(quoted(dataset.code), dataset.name) for dataset in datasets]
    rows = (f"SELECT DISTINCT {code}, hn, _delivery_id FROM {name} WHERE _kind <> 'full'" for code, name in named)
    connection.execute(f"INSERT INTO row_source {' UNION ALL '.join(rows)}")
    counts = (f"SELECT {code}, count(*), count(*) FILTER (is_match) FROM {name}" for code, name in named)
    return {code: (linked, matched) for code, linked, matched in _all(connection, " UNION ALL ".join(counts))}


def _matching(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetRows,
    rows: str,
    counted: tuple[int, int],
    inputs: Inputs,
    *,
    is_unique: bool,
) -> Matching:
    """Tell how the rows of a dataset met the directory; keep those that did not, in a whole run."""
    linked, matched = counted
    if inputs.is_limited:
        return Matching(dataset.code, linked, matched, linked - matched, 0)
    if not is_unique:  # an ID number registered twice would count its rows twice
        linked, matched = _one(
            connection,
            "SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token"
            f" AND p.person_token = r.person_token)) FROM ({rows}) r"
            " WHERE EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token)",
        )
    (total,) = _one(connection, f"SELECT count(*) FROM ({rows}) r")
    if total > matched:
        _keep_unused(connection, dataset, rows)
    return Matching(dataset.code, total, matched, linked - matched, total - linked)


_UNUSED = (
    "dataset VARCHAR, kind VARCHAR, delivery_id VARCHAR, part_no INTEGER, line_no BIGINT, id_token VARCHAR,"
    " person_token VARCHAR, household_id VARCHAR, person_id VARCHAR, area_code VARCHAR"
)


def _keep_unused(connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, rows: str) -> None:
    """Add to `unused` the rows that meet nobody, or somebody of another name, or contradict each other."""
    connection.execute(
        "INSERT INTO unused"
        f" SELECT {quoted(dataset.code)}, CASE WHEN r.is_doubtful THEN 'contradicts'"
        " WHEN p.pn IS NULL THEN 'unmatched' ELSE 'name_differs' END,"
        " r.delivery_id, r.part_no, r.line_no, r.id_token, r.person_token, h.household_id,"
        " p.person_id, coalesce(h.area_code, r.delivered_for)"
        f" FROM ({rows}) r LEFT JOIN person p ON p.id_token = r.id_token LEFT JOIN household h ON h.hn = p.hn"
        " WHERE r.is_doubtful OR NOT EXISTS (SELECT 1 FROM person q"
        " WHERE q.id_token = r.id_token AND q.person_token = r.person_token)"
    )


def _looked_up(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, only: Only | None
) -> tuple[str, Sequence[str]] | None:
    """Give the column and its values by which a limited run finds the rows that matter; `None` reads all."""
    if only is None or dataset.area is not None:
        return None
    if "id_token" in dataset.key:
        return "id_token", only.tokens
    column = dataset.key[0]
    pushed = connection.execute(
        f"SELECT DISTINCT fields ->> '{column}' FROM record WHERE dataset = {quoted(dataset.code)}"
    )
    return column, sorted({*only.keys.get(dataset.code, ()), *(key for (key,) in pushed.fetchall() if key)})


def register_filesystems(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Let a connection read the parts where they are; one that is kept knows how already."""
    protocols = {path.split("://", 1)[0] for source in sources for path in source.paths if "://" in path}
    for protocol in sorted(protocols - {"file"}):
        if not connection.filesystem_is_registered(protocol):
            connection.register_filesystem(fsspec.filesystem(protocol))


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    [row] = _all(connection, sql)
    return row


def _all(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()
