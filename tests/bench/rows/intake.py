"""Bulk intake of a department's month against psql copying the same rows into a table with its primary key."""

from __future__ import annotations

from collections.abc import Mapping

from bangfu_local.embedded.clients import department_client
from bench.data import PERIOD
from bench.harness import Bench
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be

FULL = 1_000_000
LONG = 10_000_000
_SERVICES = ("gateway-api", "sharing-api", "sharing-worker")
_TABLE = """
CREATE TABLE enrol_plain (
    id_no text PRIMARY KEY, name text NOT NULL, year int NOT NULL, scheme text NOT NULL, paid_on date,
    personal_paid numeric(14, 2) NOT NULL, subsidy numeric(14, 2) NOT NULL, as_of date
) WITH (autovacuum_enabled = off);  -- it would be vacuumed while the next one is timed

"""
_MIB = 1 << 20

_CSV = (
    "microseconds of CPU a row: Parquet 1.1, cells in all forms that are written 0.6, checks 0.4, tokens 0.25, who it"
    " is about (sealed until the commit) 0.2, and what the child and the upload cost"
)
_MEMORY = (
    "sharing-api: two chunks of 4 MiB in text, cells and columns, and what polars and Arrow keep of them for the next"
)
_JSON = "a row of JSON is twice the bytes of CSV, and parsing it costs 1 CPU second more a million rows"


async def push(bench: Bench, rows: int, kind: str, watch: list[tuple[float, Mapping[str, int]]] | None = None) -> Usage:
    """Push a month of DS-MED-ENROL through the gateway, timed from opening the delivery to its durable receipt."""
    path = bench.data.enrolment(rows, kind)
    await bench.empty("sharing", "delivery", "outbox")
    async with bench.system.client(department_client("MED")) as department:
        with bench.meter.timing((lambda at, sizes: watch.append((at, sizes))) if watch is not None else None) as usage:
            # Plain bytes: psql reads the same file plain, and loopback has no bandwidth to save.
            delivery = await department.deliveries.open("DS-MED-ENROL", PERIOD)
            pushed = await department.deliveries.send(delivery, [path], compression="none")
    must_be("rows accepted", pushed.receipt.rows_accepted, rows)
    must_be("rows rejected", pushed.receipt.rows_rejected, 0)
    must_be("a receipt", bool(pushed.receipt.receipt_no), True)
    stored = await bench.value("sharing", "SELECT sum(accepted) FROM delivery_part JOIN delivery ON id = delivery_id"
                                          " WHERE state = 'committed'")  # fmt: skip
    must_be("rows in the manifest", int(stored), rows)
    return usage


async def measure(bench: Bench) -> list[Result]:
    """Time NDJSON, CSV and psql, a tenth of the rows, and with --long ten times."""
    rows = bench.options.size(FULL, least=1000)

    async def plain() -> Usage:
        path = bench.data.enrolment(rows, "csv")
        bench.psql.create(_TABLE, "enrol_plain")
        with bench.meter.timing() as usage:
            bench.psql.copy({"enrol_plain": path})
        must_be("rows of enrol_plain", bench.psql.count("enrol_plain"), rows)
        return usage

    ndjson = Series(f"push of {rows:,} DS-MED-ENROL rows as NDJSON through the gateway, until the durable receipt")
    csv = Series("the same rows as CSV")
    theirs = Series("psql: the same rows from CSV into a logged table, primary key id_no, fsync on, the same server")
    tenth = Series(f"push of {rows // 10:,} rows as NDJSON")
    await bench.interleave([(tenth, lambda: push(bench, rows // 10, "ndjson"))])
    await bench.interleave(
        [
            (ndjson, lambda: push(bench, rows, "ndjson")),
            (theirs, plain),
            (csv, lambda: push(bench, rows, "csv")),
        ]
    )
    added, before = ndjson.added_mib(*_SERVICES), tenth.added_mib(*_SERVICES)
    results = [
        Result(
            "intake.ndjson",
            "Bulk intake of 1,000,000 rows, NDJSON through the gateway",
            "psql \\copy of the same rows into a logged table with its key",
            theirs.seconds / ndjson.seconds,
            Budget(">=", 1.3),
            series={"system": ndjson, "bare": theirs},
            notes=[f"{rows / ndjson.seconds:,.0f} rows/s against {rows / theirs.seconds:,.0f}"],
            cause=_JSON,
        ),
        Result(
            "intake.csv",
            "The same as CSV",
            "the same",
            theirs.seconds / csv.seconds,
            Budget(">=", 1.6),
            series={"system": csv},
            notes=[f"{rows / csv.seconds:,.0f} rows/s"],
            cause=_CSV,
        ),
        Result(
            "intake.memory",
            "Memory that the services add during the intake",
            "their memory before it",
            max(added, csv.added_mib(*_SERVICES)),
            Budget("<=", 250),
            unit=" MiB",
            notes=[
                "gateway-api, sharing-api, sharing-worker together, peak of anonymous memory, shared pages counted once"
            ],
            cause=_MEMORY,
        ),
        Result(
            "growth.intake",
            "Intake of ten times the rows",
            "the time for a tenth",
            ndjson.seconds / tenth.seconds,
            Budget("<=", 11),
            unit="x",
            series={"tenth": tenth},
            notes=[f"the services grew by {before:.0f} MiB for a tenth, then by {added:.0f} MiB more for all"],
        ),
    ]
    return [*results, await _long(bench)] if bench.options.is_long else results


async def _long(bench: Bench) -> Result:
    """Memory over time of a delivery ten times as large, at tenths of its way."""
    rows = bench.options.size(LONG)
    seen: list[tuple[float, Mapping[str, int]]] = []
    series = Series(f"push of {rows:,} rows as NDJSON")
    series.runs.append(await push(bench, rows, "ndjson", seen))
    whole = [(at, sum(sizes.get(name, 0) for name in _SERVICES) / _MIB) for at, sizes in seen]
    places = [min(len(seen) - 1, round(tenth * (len(seen) - 1) / 10)) for tenth in range(11)]
    half = [size for at, size in whole if at >= series.seconds / 2]
    return Result(
        "intake.long",
        f"Memory of gateway and sharing in the second half of {rows:,} rows, highest less lowest",
        "-",
        max(half) - min(half),
        unit=" MiB",
        series={"system": series},
        notes=[
            "| second | " + " | ".join(f"{seen[place][0]:.0f}" for place in places) + " |",
            "|---" * (len(places) + 1) + "|",
            *(
                f"| {name}, MiB | " + " | ".join(f"{seen[place][1].get(name, 0) / _MIB:.0f}" for place in places) + " |"
                for name in _SERVICES
            ),
            "| together | " + " | ".join(f"{whole[place][1]:.0f}" for place in places) + " |",
        ],
    )
