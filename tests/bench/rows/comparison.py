"""The monthly comparison against Splink's deterministic link of the same rows and persons."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

from bangfu_local.embedded.clients import BUREAU, department_client
from bench.broker import ROOT
from bench.data import PERIOD
from bench.harness import FOLDER, Bench, SkippedRowError
from bench.month import deliveries, fill_directory, link_files
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be
from sharing.catalogue.service import load_catalogue

FULL = 1_000_000
_SPLINK = ("splink==4.0.16", "duckdb==2.0.0")
_THREADS = 2
_LIMIT_S = 1800.0


async def measure(bench: Bench) -> list[Result]:
    """Time both, and a tenth of the system's side."""
    persons = bench.options.size(FULL, least=2000)
    python = _splink()
    tenth = Series(f"the same comparison for {persons // 10:,} persons and rows")
    ours = Series(
        f"comparison run of {persons:,} rows in eight datasets and {persons:,} persons: the directory"
        f" exported, matching, {len(load_catalogue().rules)} rules, findings and events written"
    )
    theirs = Series(f"{_SPLINK[0]}, DuckDB, {_THREADS} threads: load and deterministic link of the same, nothing else")
    await _deliver(bench, persons // 10)
    await bench.interleave([(tenth, lambda: _compare(bench, persons // 10))], 1)
    await _deliver(bench, persons)
    sides = [(ours, lambda: _compare(bench, persons)), (theirs, lambda: _link(bench, python, persons))]
    await bench.interleave(sides, min(2, bench.options.repetitions))
    findings = await bench.value("sharing", "SELECT count(*) FROM finding")
    await bench.empty("sharing", "finding", "comparison_run", "delivery", "outbox")
    await bench.empty("sharing", "directory_household", "directory_person", "directory_income")
    return [
        Result(
            "comparison",
            "Monthly comparison: 1,000,000 rows, 1,000,000 persons, all rules, findings and events written",
            "Splink's deterministic link of the same, matching only",
            ours.seconds / theirs.seconds,
            Budget("<=", 0.8),
            series={"system": ours, "bare": theirs},
            notes=[
                f"{findings:,} findings; sharing-worker grew by {ours.added_mib('sharing-worker'):.0f} MiB",
            ],
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


async def _deliver(bench: Bench, persons: int) -> None:
    """Fill the directory and push the month, not timed here."""
    await bench.empty("sharing", "delivery", "finding", "comparison_run", "outbox")
    await fill_directory(bench, persons)
    rows = 0
    for code, path in deliveries(bench.data, persons):
        async with bench.system.client(department_client(code.split("-")[1])) as department:
            pushed = await department.deliveries.push(code, [path], period=PERIOD)
        must_be(f"rows rejected of {code}", pushed.receipt.rows_rejected, 0)
        rows += pushed.receipt.rows_accepted
    must_be("rows delivered", rows, persons)


async def _compare(bench: Bench, persons: int) -> Usage:
    await bench.empty("sharing", "finding", "comparison_run", "outbox")
    async with bench.system.client(BUREAU) as bureau:
        with bench.meter.timing() as usage:
            started = await bureau.comparison.start(PERIOD)
            run = await bureau.comparison.wait(started.id, timeout_s=_LIMIT_S, poll_s=0.1)
    must_be("state of the run", run.state, "done")
    must_be("rules that were skipped", [rule.rule_id for rule in run.rules if rule.skipped_because], [])
    must_be("rows matched", sum(matching.matched for matching in run.matching), persons)
    events = "SELECT count(*) FROM outbox WHERE topic = 'sharing.finding.v1'"
    found = await bench.value("sharing", "SELECT count(*) FROM finding")
    must_be("findings announced", await bench.value("sharing", events), found)
    must_be("there are findings", found > 0, True)
    # What the findings set off is measured elsewhere; what is announced already is little.
    await bench.empty("sharing", "outbox")
    return usage


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
