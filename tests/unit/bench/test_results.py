"""The bench's own arithmetic: ratios, verdicts, the page."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bench import data, report
from bench.harness import Options
from bench.processes import Meter, Usage, memory_bytes
from bench.results import Budget, Result, Series, WrongWorkError, must_be
from bench.rows import NAMES, measure_of
from servicekit.identity import IdNumber

PAGE = Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md"


def series(*seconds: float) -> Series:
    return Series("work", [Usage(seconds=each) for each in seconds])


@pytest.mark.parametrize(
    ("budget", "figure", "verdict"),
    [
        (Budget(">=", 0.5), 0.50, "met"),
        (Budget(">=", 0.5), 0.49, "missed"),
        (Budget("<=", 4), 4.0, "met"),
        (Budget("<=", 4), 4.02, "missed"),
        (None, 9.0, ""),
    ],
)
def test_a_budget_is_kept_at_its_limit_and_not_beyond(budget: Budget | None, figure: float, verdict: str) -> None:
    assert Result("row", "path", "tool", figure, budget).verdict == verdict


def test_a_miss_is_shown_with_its_cause_and_a_met_budget_without() -> None:
    missed = Result("row", "path", "tool", 0.4, Budget(">=", 0.5), notes=["a rate"], cause="the disk")
    assert missed.said == ["a rate", "missed: the disk"]
    assert Result("row", "path", "tool", 0.6, Budget(">=", 0.5), notes=["a rate"], cause="the disk").said == ["a rate"]
    assert "not known" in Result("row", "path", "tool", 0.4, Budget(">=", 0.5)).said[-1]


def test_each_run_of_a_series_keeps_its_own_cpu_seconds() -> None:
    runs = Series("work", [Usage(seconds=1.0, cpu={"a": 2.0}), Usage(seconds=2.0, cpu={"a": 3.0, "b": 0.001})])
    assert runs.as_json()["cpu_s"] == [{"a": 2.0}, {"a": 3.0}]


def test_a_series_tells_its_median_and_how_far_its_runs_lie_apart() -> None:
    runs = series(2.0, 1.0, 4.0)
    assert runs.seconds == 2.0
    assert runs.spread == pytest.approx(1.5)


def test_work_that_was_not_done_is_no_measurement() -> None:
    with pytest.raises(WrongWorkError, match="rows accepted"):
        must_be("rows accepted", 999, 1000)


_BURN = """
import time
ends_at = time.process_time() + 0.3
while time.process_time() < ends_at:
    pass
print(flush=True)
input()
"""


def test_a_stretch_of_work_is_charged_to_the_process_that_did_it() -> None:
    # A process of its own: what else descends from this one (servers of other tests) ends when it likes.
    with subprocess.Popen([sys.executable, "-c", _BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin
        assert worker.stdout
        with Meter(lambda: {"worker": worker.pid}).timing() as usage:
            worker.stdout.readline()
        assert usage.cpu["worker"] >= 0.25
        assert usage.seconds >= 0.25
        worker.stdin.write(b"\n")
    assert memory_bytes({"me": os.getpid()})["me"] > 1 << 20


def test_every_row_can_be_measured() -> None:
    assert all(callable(measure_of(name)) for name in NAMES)
    rows = Path(importlib.util.find_spec("bench.rows").origin or "").parent  # type: ignore[union-attr]
    assert {path.stem.rstrip("_") for path in rows.glob("[a-z]*.py")} == set(NAMES)


def test_the_page_is_written_between_its_markers_only(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n", encoding="utf-8")
    run = report.Run(Options())
    run.results.append(Result("relay", "Relay", "aiokafka", 0.75, Budget(">=", 0.5), series={"system": series(1.0)}))
    run.write_page(page)
    run.write_page(page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- bench:begin -->\n")
    assert text.endswith("\n<!-- bench:end -->\nafter\n")
    assert "old" not in text
    assert text.count("| Relay | aiokafka | **0.75** | >= 0.5 | met |") == 1


@pytest.mark.parametrize("part", ["bench", "bench-long"])
def test_the_page_has_its_markers(part: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(f"<!-- {part}:begin -->") == text.count(f"<!-- {part}:end -->") == 1


def test_generated_people_have_valid_and_different_numbers() -> None:
    count = 60_000
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT id_no, born, sex, h, ordinal FROM ({data.PERSONS.format(persons=count)})"
        ).fetchall()
    assert len({row[0] for row in rows}) == count
    for id_no, born, sex, _, _ in rows[::97]:
        parsed = IdNumber.parse(id_no)
        assert (parsed.birth_date, parsed.sex) == (born, sex)
        assert id_no.startswith("99")
    assert len({row[3] for row in rows}) == data.households(count) == 18_000
    assert {row[4] for row in rows} == {0, 1, 2, 3}
