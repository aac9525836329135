"""What departments' rows say that households were given, as one scan over the linked rows of a run."""

from __future__ import annotations

from collections.abc import Container, Mapping

from sharing.catalogue.service import DatasetRows, MeasureDeclaration
from sharing.comparison.evaluation.rows_sql import quoted

_NOTHING = f"SELECT {', '.join(['NULL'] * 9)} WHERE FALSE"

# A row is the same from month to month by its key and its person, as the register knows the person.
_ID = (
    "substr(digest, 1, 8) || '-' || substr(digest, 9, 4) || '-8' || substr(digest, 14, 3) || '-8'"
    " || substr(digest, 18, 3) || '-' || substr(digest, 21, 12)"
)


def aid_sql(datasets: Mapping[str, DatasetRows], empty: Container[str]) -> str:
    """Write the query of what counts as a measure, a row a measure; see `sharing.aid.service.COLUMNS`.

    Reads `person`, `household`, `run` and the linked rows. What a row dates after the month of the run is to come.

    Args:
        empty: Relations of rows that have none; nobody asks them.
    """
    told = [
        _of_dataset(rows, rows.measure)
        for rows in datasets.values()
        if rows.measure is not None and rows.name not in empty
    ]
    return " UNION ALL ".join(told) or _NOTHING


def _of_dataset(rows: DatasetRows, measure: MeasureDeclaration) -> str:
    key = "".join(f", CAST(r.{column} AS VARCHAR)" for column in rows.key if column != "id_token")
    given_on = f"r.{measure.given_on}" if measure.given_on else "CAST(NULL AS DATE)"
    until = f"r.{measure.until}" if measure.until else "CAST(NULL AS DATE)"
    amount = f"r.{measure.amount}" if measure.amount else "CAST(NULL AS DECIMAL(14, 2))"
    named_by = f"r.{measure.named_by}" if measure.named_by else "CAST(NULL AS VARCHAR)"
    return (
        f"SELECT {_ID}, household_id, person_id, dataset, named_by, given_on, until, amount, row_period FROM ("
        f"SELECT sha256(concat_ws(chr(31), {quoted(rows.code)}, p.person_id{key})) AS digest, h.household_id,"
        f" p.person_id, {quoted(rows.code)} AS dataset, {named_by} AS named_by, {given_on} AS given_on,"
        f" {until} AS until, {amount} AS amount, r._period AS row_period"
        f" FROM {rows.name} r JOIN person p ON p.pn = r.pn JOIN household h ON h.hn = r.hn CROSS JOIN run"
        f" WHERE r.is_match AND coalesce({given_on} <= run.as_of, TRUE) AND ({measure.when or 'TRUE'}))"
    )
