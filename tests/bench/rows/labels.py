"""Labels of a whole county after a change of the policy profile, beside one aggregate over the same rows."""

from __future__ import annotations

from bench.data import households
from bench.harness import Bench, until
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be
from bench.rows.import_ import FULL, register
from registry.labels import store
from servicekit import clock
from servicekit.db import Database

_COUNTY = "990101000000"
_LINES = ("8000.00", "30000.00")
_LABELLED = "SELECT count(DISTINCT household_id) FROM household_label"
_BELOW = "SELECT count(*) FROM household_label WHERE label LIKE 'below_focus%'"
_BARE = """
SELECT left(h.village_code, 9), p.labour, i.year, count(*), avg(i.per_capita_net)
FROM household h JOIN person p ON p.household_id = h.id AND p.is_active
JOIN income i ON i.household_id = h.id AND i.superseded_at IS NULL
WHERE h.status = 'active' GROUP BY 1, 2, 3
"""


async def measure(bench: Bench) -> list[Result]:
    """Move both focus lines up and down in turn: some households come to be labelled, or are no more."""
    persons = bench.options.size(FULL, least=1000)
    if bench.persons_registered != persons:
        await register(bench, persons)
    homes = households(persons)

    async def is_labelled() -> bool:
        return bool(await bench.value("registry", _LABELLED) == homes)

    await until("every household has its labels", is_labelled, 600)
    async with bench.database("registry") as connection:
        for table in ("household", "person", "income", "household_label"):
            await connection.execute(f"VACUUM ANALYZE {table}".encode())
    database = Database(bench.system.database_url("registry"), service="registry")
    turn = 0

    async def system() -> Usage:
        nonlocal turn
        turn += 1
        line = _LINES[turn % 2]
        lines = [{"county": _COUNTY, "former_poor": line, "labour": line}]
        before = await bench.value("registry", _BELOW)
        with bench.meter.timing() as usage:
            async with database.transaction() as session:
                given, gone = await store.compute(session, None, lines, clock.today())
        must_be("labels that came and went", await bench.value("registry", _BELOW), before + given - gone)
        must_be("somebody's labels are others", bool(given or gone), True)
        return usage

    async def bare() -> Usage:
        with bench.meter.timing() as usage:
            async with bench.database("registry") as connection:
                rows = await (await connection.execute(_BARE)).fetchall()
        must_be("persons of the aggregate", sum(row[3] for row in rows), 2 * persons)
        return usage

    labels = Series(f"all labels of {homes:,} households anew, by other focus lines")
    aggregate = Series("psycopg: one aggregate over their households, persons and incomes")
    try:
        await bench.interleave([(labels, system), (aggregate, bare)])
    finally:
        await database.engine.dispose()
    return [
        Result(
            "labels",
            "Labels of 300,000 households after a change of the policy profile",
            "one aggregate over the same rows",
            labels.seconds / aggregate.seconds,
            Budget("<=", 10),
            series={"system": labels, "bare": aggregate},
            notes=[f"households/s: {homes / labels.seconds:,.0f}"],
        )
    ]
