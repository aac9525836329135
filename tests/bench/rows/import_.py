"""Bulk import of the register against psql copying the same rows into tables with the same keys."""

from __future__ import annotations

from bangfu_local.embedded.clients import BUREAU
from bench.data import households
from bench.harness import REGISTER, Bench
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be

FULL = 1_000_000
_TABLES = """
CREATE TABLE household_plain (
    id uuid PRIMARY KEY, hh_no text COLLATE "C" NOT NULL UNIQUE, village_code text COLLATE "C" NOT NULL,
    group_name text, hh_type text NOT NULL, housing_tenure text NOT NULL, is_resettled boolean NOT NULL,
    address text, phone text, population int NOT NULL
);
CREATE INDEX ON household_plain (village_code, id);
CREATE TABLE person_plain (
    id uuid PRIMARY KEY, household_id uuid NOT NULL, ordinal smallint NOT NULL, person_no text COLLATE "C",
    name text NOT NULL, id_no text, birth_date date NOT NULL, sex text NOT NULL, relation text NOT NULL,
    labour text NOT NULL, has_finished_compulsory boolean NOT NULL, health text[] NOT NULL
);
CREATE INDEX ON person_plain (household_id, ordinal);
CREATE UNIQUE INDEX ON person_plain (id_no);
CREATE UNIQUE INDEX ON person_plain (person_no);
CREATE TABLE income_plain (
    household_id uuid NOT NULL, year int NOT NULL, wage numeric(14, 2), business numeric(14, 2),
    transfer numeric(14, 2), business_cost numeric(14, 2), self_paid numeric(14, 2), PRIMARY KEY (household_id, year)
);
CREATE UNIQUE INDEX ON income_plain (household_id, year);
"""
_PLAIN = ("household_plain", "person_plain", "income_plain")


async def register(bench: Bench, persons: int) -> Usage:
    """Import this many persons through the gateway into an empty registry, timed until it is done."""
    areas, path = bench.data.areas(persons), bench.data.register(persons)
    async with bench.system.client(BUREAU) as bureau:
        await bureau.areas.import_file(areas)
        await bench.empty("registry", *REGISTER)
        with bench.meter.timing() as usage:
            receipt = await bureau.households.import_file(path)
    # The snapshots of a whole county would keep two services busy for minutes; they are another row's matter.
    await bench.empty("registry", "outbox")
    must_be("households created", receipt.created, households(persons))
    must_be("rejects", receipt.rows_rejected, 0)
    must_be("persons", await bench.value("registry", "SELECT count(*) FROM person WHERE id_index IS NOT NULL"), persons)
    must_be("incomes", await bench.value("registry", "SELECT count(*) FROM income"), 2 * households(persons))
    bench.persons_registered = persons
    return usage


async def measure(bench: Bench) -> list[Result]:
    """Time both, and the import of a tenth."""
    persons = bench.options.size(FULL, least=1000)
    files = dict(zip(_PLAIN, bench.data.register_tables(persons).values(), strict=True))

    async def plain() -> Usage:
        bench.psql.create(_TABLES, *_PLAIN)
        with bench.meter.timing() as usage:
            bench.psql.copy(files)
        must_be("rows of person_plain", bench.psql.count("person_plain"), persons)
        return usage

    tenth = Series(f"the same import of {persons // 10:,} persons")
    ours = Series(
        f"POST /v1/imports through the gateway: {persons:,} persons in {households(persons):,} households, NDJSON;"
        " checked, encrypted, blind index, tokens, history, events; until it says done"
    )
    theirs = Series("psql: the same households, persons and incomes from CSV into three logged tables, same keys")
    await bench.interleave([(tenth, lambda: register(bench, persons // 10))], 1)
    # The import comes last: the list row reads what it leaves.
    await bench.interleave(
        [(theirs, plain), (ours, lambda: register(bench, persons))], min(2, bench.options.repetitions)
    )
    services = ("registry-api", "registry-worker", "gateway-api")
    return [
        Result(
            "import",
            "Bulk import of 1,000,000 persons in 300,000 households",
            "psql \\copy of the same rows into tables with the same keys",
            theirs.seconds / ours.seconds,
            Budget(">=", 0.25),
            series={"system": ours, "bare": theirs},
            notes=[
                f"{persons / ours.seconds:,.0f} persons/s against {persons / theirs.seconds:,.0f}",
                f"the services grew by at most {ours.added_mib(*services):.0f} MiB",
            ],
            cause="some 75 microseconds of Python a person: parsing, checks, ciphertexts, keyed hashes, snapshot",
        ),
        Result(
            "growth.import",
            "Import of ten times the persons",
            "the time for a tenth",
            ours.seconds / tenth.seconds,
            Budget("<=", 11),
            unit="x",
            series={"tenth": tenth},
            notes=[f"services grew by {tenth.added_mib(*services):.0f} MiB and {ours.added_mib(*services):.0f} MiB"],
        ),
    ]
