"""The rows of a dataset that count, as SQL: those of the parts and those pushed singly, the newest of each key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sharing.catalogue.service import DatasetRows
from sharing.sources import Source


def found_sql(
    dataset: DatasetRows, sources: list[Source], looked_up: tuple[str, Sequence[str]] | None, *, has_aliases: bool
) -> str:
    """Write the query of a dataset's effective rows, duplicates left out; of a key there may be several.

    Args:
        looked_up: Column and values of the only rows that are read of the lists; of the pushed rows, no other ones
            were written down.

    With aliases, a token of any key becomes the one that stands for its person, before anything is compared: rows of
    one person that were tokenised under two keys have one key again.
    """
    rows = []
    if any(source.paths for source in sources) and (looked_up is None or looked_up[1]):
        rows.append(_parts_sql(dataset, sources, looked_up))
    if not rows or any(source.kind == "record" for source in sources):
        rows.append(_pushed_sql(dataset))
    found = f"({' UNION ALL '.join(rows)})"
    if not has_aliases:
        return found
    return (
        "(SELECT r.* REPLACE (coalesce(i.canonical, r.id_token) AS id_token,"
        f" coalesce(n.canonical, r.person_token) AS person_token) FROM {found} r"
        " LEFT JOIN id_alias i ON i.token = r.id_token LEFT JOIN person_alias n ON n.token = r.person_token)"
    )


def newest_sql(dataset: DatasetRows, sources: list[Source], found: str) -> str:
    """Write the query of the newest row of each key, where every source speaks for everybody who is compared."""
    # Within one delivery the intake has left one row a key already, or rows that contradict each other: all of those.
    newest = (
        f" QUALIFY rank() OVER (PARTITION BY {', '.join(dataset.key)} ORDER BY {_newness(dataset)}) = 1"
        if sum(bool(source.paths) for source in sources) > 1 or any(source.kind == "record" for source in sources)
        else ""
    )
    return f"SELECT {_columns(dataset)} FROM {found}{newest}"


VILLAGE_OF = "(SELECT DISTINCT p.id_token, h.area_code AS village FROM person p JOIN household h USING (hn))"
# Rows of `found` about persons who are registered, but nowhere that the delivery speaks for.
OUTSIDE = (
    f"FROM {{found}} r SEMI JOIN {VILLAGE_OF} v USING (id_token) ANTI JOIN {VILLAGE_OF} w"
    " ON w.id_token = r.id_token AND starts_with(w.village, r.area_prefix)"
)


def newest_within_sql(dataset: DatasetRows, found: str) -> str:
    """Write the query of the newest row of each key among those that speak for the village of a row's person.

    A row about somebody of a village can be replaced only by deliveries for that village, whatever the key.
    """
    key = ", ".join(dataset.key)
    return (
        f"SELECT {_columns(dataset)} FROM (SELECT r.*, k.key_village, v.village FROM ("
        f"SELECT DISTINCT {key}, v.village AS key_village FROM {found} r LEFT JOIN {VILLAGE_OF} v USING (id_token)) k"
        f" JOIN {found} r USING ({key}) LEFT JOIN {VILLAGE_OF} v ON v.id_token = r.id_token"
        " AND starts_with(v.village, r.area_prefix)"
        f" WHERE k.key_village IS NULL OR starts_with(k.key_village, r.area_prefix)"
        f" QUALIFY rank() OVER (PARTITION BY {key}, k.key_village ORDER BY {_newness(dataset)}) = 1)"
        f" x ANTI JOIN whole_list w ON w.dataset = {quoted(dataset.code)} AND starts_with(x.village, w.area_prefix)"
        " AND (w.period, coalesce(w.known_on, '1970-01-01'), w.commit_seq)"
        " > (x.period, coalesce(x.known_on, '1970-01-01'), x.commit_seq)"
        " WHERE village IS NOT DISTINCT FROM key_village"
    )


def newest_of_area_sql(dataset: DatasetRows, found: str) -> str:
    """Write the query of the newest row of each key, of rows that are of no person and say themselves where they are.

    A newer whole list for the area of a row says that it is gone.
    """
    return (
        f"SELECT {_columns(dataset)} FROM {found} x ANTI JOIN whole_list w ON w.dataset = {quoted(dataset.code)}"
        f" AND starts_with(x.{dataset.area}, w.area_prefix)"
        " AND (w.period, coalesce(w.known_on, '1970-01-01'), w.commit_seq)"
        " > (x.period, coalesce(x.known_on, '1970-01-01'), x.commit_seq)"
        f" QUALIFY rank() OVER (PARTITION BY {', '.join(dataset.key)} ORDER BY {_newness(dataset)}) = 1"
    )


def _newness(dataset: DatasetRows) -> str:
    return ", ".join(
        [
            *(f"{column} DESC" for column in dataset.newest),
            "period DESC",
            "known_on DESC NULLS LAST",
            "commit_seq DESC",
        ]
    )


# What is known of every row, whatever its dataset.
_OF_ROWS = (
    "id_token", "person_token", "delivery_id", "kind", "period", "is_doubtful", "part_no", "line_no", "delivered_for",
    "area_prefix",
)  # fmt: skip


def linked_columns(dataset: DatasetRows) -> str:
    """Write the columns of a dataset's linked rows with their types; where the row is from comes after them."""
    key = "hn INTEGER" if dataset.area is not None else "pn INTEGER, hn INTEGER"
    return f"{key}, is_match BOOLEAN" + "".join(f", {column} {kind}" for column, kind in dataset.columns.items())


def _columns(dataset: DatasetRows) -> str:
    return ", ".join([*_OF_ROWS, *dataset.columns])


def _parts_sql(dataset: DatasetRows, sources: list[Source], looked_up: tuple[str, Sequence[str]] | None) -> str:
    """Write the query of the rows in delivered files."""
    # On the stored text, so that the scan skips what the statistics of the parts exclude.
    only = f" AND r.{looked_up[0]} IN ({listed(looked_up[1])})" if looked_up else ""
    casts = "".join(f", CAST(r.{column} AS {kind}) AS {column}" for column, kind in dataset.columns.items())
    paths = listed(path for source in sources for path in source.paths)
    is_doubtful, left_out, why = "FALSE", "", ""
    if any(source.exclusion for source in sources):
        # Rows that contradict each other are no evidence, and still forbid the claim that somebody is in no list.
        is_doubtful, why = "e.reason IS NOT NULL", " AND (e.reason IS NULL OR e.reason = 'contradicts')"
        left_out = (
            " LEFT JOIN excluded e ON e.delivery_id = s.delivery_id AND e.part_no = r.part_no AND e.line_no = r.line_no"
        )
    return (
        "SELECT r.id_token, r.person_token, s.delivery_id, s.kind, s.period, s.known_on, s.commit_seq, s.area_prefix,"
        " s.delivered_for,"
        f" {is_doubtful} AS is_doubtful, r.part_no, r.line_no"
        f"{casts} FROM read_parquet([{paths}], filename = 'source_path', union_by_name = true,"
        " hive_partitioning = false) r"
        f" JOIN source_file s ON s.path = r.source_path AND s.dataset = {quoted(dataset.code)}"
        f"{left_out} WHERE TRUE{why}{only}"
    )


def _pushed_sql(dataset: DatasetRows) -> str:
    """Write the query of the rows that were pushed singly."""
    casts = "".join(
        f", CAST(r.fields ->> '{column}' AS {kind}) AS {column}" for column, kind in dataset.columns.items()
    )
    return (
        "SELECT r.id_token, r.person_token, r.delivery_id, 'record' AS kind, r.period, r.known_on,"
        f" r.commit_seq, a.area_prefix, r.area_code AS delivered_for, FALSE AS is_doubtful,"
        f" 1 AS part_no, 1 AS line_no{casts}"
        " FROM record r JOIN pushed_for a USING (area_code)"
        f" WHERE r.dataset = {quoted(dataset.code)}"
    )


def listed(texts: Iterable[str]) -> str:
    """Write texts as a list of literals."""
    return ", ".join(quoted(text) for text in texts)


def quoted(text: str) -> str:
    """Write a text as a literal."""
    return "'" + text.replace("'", "''") + "'"
