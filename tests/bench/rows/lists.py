"""The household list of a township against the same query with its JSON built by PostgreSQL, over psycopg."""

from __future__ import annotations

import contextlib
import statistics
import time

import httpx
import orjson

from bangfu_local.embedded.clients import BUREAU
from bench.data import households
from bench.harness import Bench
from bench.load import wrk
from bench.results import Budget, Result, Series, must_be
from bench.rows.import_ import FULL, register
from registry.households import listing
from servicekit.event_sql import json_object

_TOWN = "990101101000"
_PAGE = 20
_FEWER = 15  # 300,000 households beside 20,000
_HOUSEHOLD = json_object(listing._HOUSEHOLD).replace("%", "%%")  # psycopg has a meaning of its own for it
_QUERY = f"""
    WITH shown AS MATERIALIZED (
        SELECT h.* FROM household h
        WHERE h.village_code >= %(low)s AND h.village_code < %(high)s AND h.hh_type = '1'
        ORDER BY h.village_code, h.id LIMIT {_PAGE})
    SELECT convert_to(COALESCE(json_agg({_HOUSEHOLD} ORDER BY h.village_code, h.id),
        '[]'::json)::text, 'UTF8')
    FROM shown h
"""
_WHERE = {"low": _TOWN[:9], "high": f"{int(_TOWN[:9]) + 1}"}


async def measure(bench: Bench) -> list[Result]:
    """Ask both for the first page, again and again: one reader, so that no side gains by its number of processes."""
    persons = bench.options.size(FULL, least=1000)
    if bench.persons_registered != persons:
        await register(bench, persons)
    async with bench.database("registry") as connection:
        await connection.execute("ANALYZE household")
        await connection.execute("ANALYZE person")
    seconds = 1 if bench.options.is_small else 4
    token = await bench.token(BUREAU)
    path = f"/v1/households?area={_TOWN}&hh_type=1&limit={_PAGE}"
    service = bench.service_url("registry")
    await _compare_pages(bench, service + path, token)
    sides = {
        "system": Series(f"GET {path} of registry-api, one connection, one page after the other"),
        "gateway": Series("the same through the gateway"),
        "bare": Series("psycopg: the same page as JSON text, one connection, prepared, one page after the other"),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(bench.options.repetitions):
        for name, base in (("system", service), ("gateway", bench.system.gateway_url)):
            async with bench.sampled() if name == "system" else contextlib.nullcontext():
                load, usage = await wrk(bench, base + path, connections=1, seconds=seconds, token=token)
            rates[name].append(load.requests_per_s)
            sides[name].runs.append(usage)
        with bench.meter.timing() as usage:
            rates["bare"].append(await _bare(bench, seconds))
        sides["bare"].runs.append(usage)
    median = {name: statistics.median(values) for name, values in rates.items()}
    print(f"    pages a second: { {name: round(rate) for name, rate in median.items()} }", flush=True)
    few = max(persons // _FEWER, 1000)
    fewer, rate = await _among_few(bench, few, service + path, seconds)
    return [
        Result(
            "lists",
            "Household list of a township, filtered, 20 a page, from 300,000",
            "the same query, JSON built by PostgreSQL, over psycopg",
            median["system"] / median["bare"],
            Budget(">=", 0.5),
            series=sides,
            notes=[
                "pages/s: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in median.items()),
            ],
        ),
        Result(
            "growth.lists",
            f"The same page among {households(persons):,} households",
            f"the time for it among {households(few):,}",
            rate / median["system"],
            Budget("<=", 1.5),
            unit="x",
            series={"few": fewer},
            notes=[f"pages/s: {median['system']:,.0f} and {rate:,.0f}"],
        ),
    ]


async def _among_few(bench: Bench, persons: int, url: str, seconds: float) -> tuple[Series, float]:
    """Give pages a second of a county with fewer households, which takes the place of the large one."""
    await register(bench, persons)
    async with bench.database("registry") as connection:
        await connection.execute("ANALYZE household")
        await connection.execute("ANALYZE person")
    token = await bench.token(BUREAU)
    await _compare_pages(bench, url, token)
    series, rates = Series(f"the same among {households(persons):,} households"), []
    for _ in range(bench.options.repetitions):
        load, usage = await wrk(bench, url, connections=1, seconds=seconds, token=token)
        rates.append(load.requests_per_s)
        series.runs.append(usage)
    return series, statistics.median(rates)


async def _compare_pages(bench: Bench, url: str, token: str) -> None:
    """Both give the same households with the same members."""
    async with httpx.AsyncClient(trust_env=False) as http:
        shown = (await http.get(url, headers={"Authorization": f"Bearer {token}"})).json()["items"]
    async with bench.database("registry") as connection:
        row = await (await connection.execute(_QUERY, _WHERE)).fetchone()
    assert row is not None
    must_be("households of the page", shown, orjson.loads(row[0]))
    must_be("size of the page", len(shown), _PAGE)


async def _bare(bench: Bench, seconds: float) -> float:
    """Pages a second."""
    async with bench.database("registry") as connection:
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            cursor = await connection.execute(_QUERY, _WHERE, prepare=True, binary=True)
            must_be("a page", await cursor.fetchone() is not None, True)
            count += 1
        return count / (time.perf_counter() - began)
