"""Who came after the lists were made: looked up where they lived when the lists were made, or said to be unknown.

A list may not know who came to its area later. Of a household that moved, the list of the area that it left tells as
well, if it was made before the move. Where no list can know somebody, absence from it is no claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import duckdb

from servicekit.areas import is_within, prefix_of
from sharing.catalogue.service import DatasetRows
from sharing.comparison.evaluation.inputs import Inputs
from sharing.periods import last_day
from sharing.sources import Source

# Households, and persons who moved alone to another one, of whom the deliveries for the village that they left tell as
# well.
_MOVED = """
INSERT INTO {table} SELECT n.dataset, {who}, {left} FROM {people}
JOIN told n ON n.village = h.area_code AND n.day < {day} AND NOT starts_with({left}, n.area_prefix)
JOIN told o ON o.village = {left} AND o.dataset = n.dataset AND o.day < {day}
"""
_MOVES = (
    ("moved", "h.hn", "h.moved_from", "h.moved_on", "household h"),
    ("moved_alone", "p.pn", "p.came_from", "p.came_on", "person p JOIN household h USING (hn)"),
)
_NEWCOMERS = """
INSERT INTO newcomer SELECT DISTINCT n.dataset, p.pn FROM person p JOIN household h USING (hn)
JOIN told n ON n.village = h.area_code AND n.is_list
LEFT JOIN moved m ON m.hn = h.hn AND m.dataset = n.dataset
LEFT JOIN moved_alone a ON a.pn = p.pn AND a.dataset = n.dataset
WHERE p.birth_date > n.day
   OR p.came_on > n.day AND a.pn IS NULL AND NOT coalesce(starts_with(p.came_from, n.area_prefix), FALSE)
   OR h.moved_on > n.day AND m.hn IS NULL AND NOT starts_with(h.moved_from, n.area_prefix)
"""


def find(
    connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, DatasetRows], inputs: Inputs, days: Mapping[str, date]
) -> None:
    """Create `moved` (dataset, hn, village), `moved_alone` (dataset, pn, village) and `newcomer` (dataset, pn).

    The first two hold households and persons of whom a dataset tells by the village that they left as well, `newcomer`
    persons whom no whole list of a dataset can know yet.

    Args:
        days: The newest day that the rows of a whole list tell of, by delivery.
    """
    connection.execute("CREATE TEMP TABLE moved (dataset VARCHAR, hn INTEGER, village VARCHAR)")
    connection.execute("CREATE TEMP TABLE moved_alone (dataset VARCHAR, pn INTEGER, village VARCHAR)")
    connection.execute("CREATE TEMP TABLE newcomer (dataset VARCHAR, pn INTEGER)")
    villages = connection.execute(
        "SELECT h.area_code FROM household h JOIN person p USING (hn)"
        " WHERE h.moved_on IS NOT NULL OR p.came_on IS NOT NULL OR p.birth_date > ?"
        " UNION SELECT moved_from FROM household WHERE moved_from IS NOT NULL"
        " UNION SELECT came_from FROM person WHERE came_from IS NOT NULL",
        [min(days.values(), default=None)],
    ).fetchall()
    words = [
        (dataset.code, village, word)
        for dataset in datasets.values()
        if "id_token" in dataset.key  # a house stays where it stands
        for (village,) in villages
        if (word := _newest(inputs.sources, dataset.code, village)) is not None
    ]
    told = [
        [code, village, word.kind == "full", _day_of(word, days), prefix_of(word.area_code)]
        for code, village, word in words
    ]
    if not told:
        return
    connection.execute(
        "CREATE TEMP TABLE told (dataset VARCHAR, village VARCHAR, is_list BOOLEAN, day DATE, area_prefix VARCHAR)"
    )
    columns = [list(column) for column in zip(*told, strict=True)]
    connection.execute("INSERT INTO told SELECT unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)", columns)
    for table, who, left, day, people in _MOVES:
        connection.execute(_MOVED.format(table=table, who=who, left=left, day=day, people=people))
    connection.execute(_NEWCOMERS)


def counted(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Give how many households have newcomers, by dataset and village."""
    found = connection.execute(
        "SELECT n.dataset, h.area_code, count(DISTINCT h.hn) FROM newcomer n JOIN person p USING (pn)"
        " JOIN household h USING (hn) GROUP BY ALL"
    )
    counts: dict[str, dict[str, int]] = {}
    for dataset, village, households in found.fetchall():
        counts.setdefault(dataset, {})[village] = households
    return counts


def _day_of(word: Source, days: Mapping[str, date]) -> date:
    return days.get(word.delivery_id) or word.known_on or last_day(word.period)


def _newest(sources: Iterable[Source], dataset: str, village: str) -> Source | None:
    """Give the delivery that has the last word about a village."""
    words = [
        source
        for source in sources
        if source.dataset == dataset and source.kind not in ("record", "correction")
        and is_within(village, source.area_code)
    ]  # fmt: skip
    return max(words, key=lambda each: (each.period, each.known_on or date.min, each.commit_seq), default=None)
