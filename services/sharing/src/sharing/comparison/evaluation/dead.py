"""Who is dead by household registration, and the rows that list or pay somebody who is dead.

Such rows are no evidence: they wait for the department that still lists or pays the person. Whoever left the register
is found as well, for the rows say the number and name themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from sharing.catalogue.service import DatasetRows
from sharing.comparison.evaluation.rows_sql import quoted

# What a department has found out beats the list: somebody lives, and the registration of the death is wrong.
_ALIVE = (
    "SELECT 1 FROM decision v WHERE v.verdict = 'alive' AND v.id_token = {of}.id_token"
    " AND v.person_token = {of}.person_token"
)


def set_apart(
    connection: duckdb.DuckDBPyConnection,
    datasets: Mapping[str, DatasetRows],
    rows: Mapping[str, str],
    *,
    is_limited: bool,
) -> dict[str, int]:
    """Mark the dead in `person`, take away the rows that claim that they live, and add those to `unused`.

    Args:
        rows: The query of a dataset's rows that count, by code, beside the tables of linked rows.

    Returns:
        How many rows wait, by dataset; in a limited run nothing is counted, and `unused` does not exist.
    """
    told = [dataset for dataset in datasets.values() if dataset.deaths is not None]
    connection.execute("CREATE TEMP TABLE dead (id_token VARCHAR, person_token VARCHAR, died_on DATE)")
    for dataset in told:
        _learn(connection, dataset, rows[dataset.code], is_limited=is_limited)
    [(known,)] = connection.execute("SELECT count(*) FROM dead").fetchall()
    if not known:
        return {}
    connection.execute(
        "UPDATE person SET is_dead = TRUE FROM dead d"
        " WHERE d.id_token = person.id_token AND d.person_token = person.person_token"
    )
    waiting = {}
    for dataset in datasets.values():
        if dataset.claims_life is None:
            continue
        if not is_limited:
            waiting[dataset.code] = _keep(connection, dataset, rows[dataset.code])
        connection.execute(f"DELETE FROM {dataset.name} USING person p WHERE p.pn = {dataset.name}.pn AND p.is_dead")
    return waiting


def _learn(connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, rows: str, *, is_limited: bool) -> None:
    """Add to `dead` whom a dataset's rows say to have died; in a whole run also who is not in the register."""
    assert dataset.deaths is not None  # noqa: S101 - the caller asks
    when, on = dataset.deaths
    connection.execute(
        "INSERT INTO dead SELECT p.id_token, p.person_token, min(r.died_on) FROM ("
        f"SELECT pn, {on} AS died_on FROM {dataset.name} WHERE is_match AND ({when})) r"
        " JOIN person p USING (pn) CROSS JOIN run"
        f" WHERE r.died_on <= run.as_of AND NOT EXISTS ({_ALIVE.format(of='p')}) GROUP BY ALL"
    )
    if is_limited:
        return
    connection.execute(
        "INSERT INTO dead SELECT r.id_token, r.person_token, min(r.died_on) FROM ("
        f"SELECT id_token, person_token, {on} AS died_on FROM ({rows}) WHERE NOT is_doubtful AND ({when})) r"
        " CROSS JOIN run"
        f" WHERE r.died_on <= run.as_of AND NOT EXISTS ({_ALIVE.format(of='r')})"
        " AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id_token = r.id_token) GROUP BY ALL"
    )


def _keep(connection: duckdb.DuckDBPyConnection, dataset: DatasetRows, rows: str) -> int:
    """Add to `unused` the rows that list or pay the dead, instead of what else was said of them; give their number."""
    code = quoted(dataset.code)
    [(found,)] = connection.execute(
        "INSERT INTO unused"
        f" SELECT {code}, 'deceased', r.delivery_id, r.part_no, r.line_no, r.id_token, r.person_token, h.household_id,"
        " p.person_id, coalesce(h.area_code, r.delivered_for)"
        f" FROM (SELECT r.*, d.died_on FROM ({rows}) r JOIN dead d USING (id_token, person_token)"
        " WHERE NOT r.is_doubtful) r"
        " LEFT JOIN person p ON p.id_token = r.id_token AND p.person_token = r.person_token"
        f" LEFT JOIN household h ON h.hn = p.hn WHERE {dataset.claims_life}"
    ).fetchall()
    if found:
        connection.execute(
            f"DELETE FROM unused WHERE dataset = {code} AND kind = 'unmatched' AND (id_token, person_token) IN"
            f" (SELECT (id_token, person_token) FROM unused WHERE dataset = {code} AND kind = 'deceased')"
        )
    return int(found)
