"""A million open duties: a pass of their clock beside an aggregate, one township's list beside that among few."""

from __future__ import annotations

import contextlib
import statistics
from datetime import date

import httpx

from alerts.duties import service
from bangfu_local.embedded.clients import BUREAU
from bench.harness import Bench
from bench.load import wrk
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be
from contracts.duties import KINDS
from servicekit import clock
from servicekit.db import Database

FULL, FEW = 1_000_000, 20_000
_TOWN, _OF_TOWN = "990101901000", 400  # of nobody that other rows register: what is theirs opens duties of its own
_WARM = 20
_STEPS = 100  # one duty in so many has a step on the day
_KINDS = [kind.code for kind in KINDS.values() if kind.assignee == "township"]

# Everybody else lives in the townships after it; due within the year, and the reminder is the next step.
_FILL = f"""
INSERT INTO duty (id, revision, kind, subject_id, area_code, counts_from, due_on, unit, is_estimate, pauses, state,
    step, next_on, opened_at, updated_at)
SELECT 'bench-' || n, 1, (ARRAY{_KINDS})[1 + n %% {len(_KINDS)}], 's' || n,
    CASE WHEN n <= {_OF_TOWN} THEN '{_TOWN[:9]}' ELSE '990101' || 902 + n %% 90 END || 200 + n %% 50,
    %(today)s, %(today)s::date + 10 + n %% 300, 'calendar', false, '[]', 'open', 0,
    CASE WHEN n %% {_STEPS} = 0 THEN %(today)s::date ELSE %(today)s::date + 400 END, now(), now()
FROM generate_series(%(first)s::int, %(last)s::int) n
"""
_BARE = "SELECT kind, left(area_code, 9), count(*), count(*) FILTER (WHERE due_on < %(today)s) FROM duty GROUP BY 1, 2"
_ANEW = f"UPDATE duty SET step = 0, next_on = %(today)s WHERE id LIKE 'bench-%%' AND substr(id, 7)::int %% {_STEPS} = 0"


async def measure(bench: Bench) -> list[Result]:
    """Sending is held meanwhile, so that the system's own worker steps nothing."""
    many, few = bench.options.size(FULL, least=2 * _OF_TOWN), bench.options.size(FEW, least=_OF_TOWN)
    today = clock.today()
    await bench.empty("alerts", "duty")
    async with bench.database("alerts") as connection:
        await connection.execute("INSERT INTO outward_hold (since, reason) VALUES (now(), 'bench')")
    try:
        await _fill(bench, 1, few, today)
        small = await _reads(bench, f"among {few:,}")
        await _fill(bench, few + 1, many, today)
        large = await _reads(bench, f"among {many:,}")
        passes = await _passes(bench, many, today)
    finally:
        async with bench.database("alerts") as connection:
            await connection.execute("DELETE FROM outward_hold")
        await bench.empty("alerts", "duty")
    return [passes, *(_growth(name, many, small[name], large[name]) for name in small)]


async def _fill(bench: Bench, first: int, last: int, today: date) -> None:
    async with bench.database("alerts") as connection:
        await connection.execute(_FILL.encode(), {"first": first, "last": last, "today": today})
        await connection.execute("VACUUM ANALYZE duty")
    # Duties of the calendar open by themselves meanwhile: a county's own, a handful.
    ours = await bench.value("alerts", "SELECT count(*) FROM duty WHERE id LIKE 'bench-%'")
    must_be("duties", ours, last)
    bench.checkpoint()  # what was filled in is not written while somebody reads


async def _passes(bench: Bench, many: int, today: date) -> Result:
    database = Database(bench.system.database_url("alerts"), service="alerts")
    steps = many // _STEPS

    async def system() -> Usage:
        async with bench.database("alerts") as connection:
            await connection.execute(_ANEW.encode(), {"today": today})
            await connection.execute("VACUUM ANALYZE duty")
        done = 0
        with bench.meter.timing() as usage:
            while True:
                async with database.transaction() as session:
                    batch = await service.step_batch(session)
                done += batch
                if not batch:
                    break
        must_be("the pass steps all that are due", done >= steps, True)  # and a county's own, as above
        return usage

    async def bare() -> Usage:
        with bench.meter.timing() as usage:
            async with bench.database("alerts") as connection:
                rows = await (await connection.execute(_BARE.encode(), {"today": today})).fetchall()
        must_be("the aggregate counts all duties", sum(count for _, _, count, _ in rows) >= many, True)
        return usage

    passes = Series(f"one pass of the clock over {many:,} open duties: {steps:,} steps with their alerts")
    aggregate = Series("psycopg: late and all by kind and township, the same rows")
    try:
        await bench.interleave([(passes, system), (aggregate, bare)])
    finally:
        await database.engine.dispose()
    return Result(
        "duties.pass",
        f"Duties: one clock pass over {many:,} open ones, {steps:,} of them with a step",
        "one aggregate over the same rows",
        passes.seconds / aggregate.seconds,
        Budget("<=", 10),
        series={"system": passes, "bare": aggregate},
        notes=[f"steps/s: {steps / passes.seconds:,.0f}"],
        cause="each step is an alert with its place in the feed, its event and its deliveries",
    )


async def _reads(bench: Bench, among: str) -> dict[str, tuple[float, Series]]:
    """Give seconds an answer, of the first page and of the counts of one township."""
    token = await bench.token(BUREAU)
    base = bench.service_url("alerts")
    found = {}
    for name, path in (("page", "/v1/duties?area={}&limit=20"), ("counts", "/v1/duties/counts?area={}")):
        url = base + path.format(_TOWN)
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(_WARM):
                answer = (await http.get(url, headers={"Authorization": f"Bearer {token}"})).raise_for_status().json()
        counted = answer["total"] if name == "page" else sum(item["duties"] for item in answer["items"])
        must_be(f"duties of the township, {name}", counted, _OF_TOWN)
        series, rates = Series(f"{name} of one township {among}, one connection"), []
        for _ in range(bench.options.repetitions):
            async with bench.sampled() if name == "page" else contextlib.nullcontext():
                load, usage = await wrk(
                    bench, url, connections=1, seconds=1 if bench.options.is_small else 3, token=token
                )
            rates.append(load.requests_per_s)
            series.runs.append(usage)
        found[name] = 1 / statistics.median(rates), series
    return found


def _growth(name: str, many: int, small: tuple[float, Series], large: tuple[float, Series]) -> Result:
    return Result(
        f"duties.{name}",
        f"Duties: {name} of one township among {many:,}",
        f"the same among {FEW:,}",
        large[0] / small[0],
        Budget("<=", 2),
        series={"system": large[1], "few": small[1]},
        notes=[f"ms an answer: {large[0] * 1000:.1f} and {small[0] * 1000:.1f}"],
    )
