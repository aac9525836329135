"""What a row gives: two series of runs, their ratio, and whether it keeps its budget."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any, Literal

from bench.processes import Usage

_MIB = 1 << 20


@dataclass(frozen=True)
class Budget:
    """A limit for a figure."""

    kind: Literal[">=", "<="]
    value: float

    def __str__(self) -> str:
        return f"{self.kind} {self.value:g}"

    def holds(self, figure: float) -> bool:
        """Tell whether the figure keeps the limit."""
        return figure >= self.value if self.kind == ">=" else figure <= self.value


def busy(run: Usage) -> dict[str, float]:
    """CPU seconds of a run by process, most first; processes that did nothing are left out."""
    return dict(sorted(((n, c) for n, c in run.cpu.items() if c >= 0.02), key=lambda item: -item[1]))


@dataclass
class Series:
    """Repetitions of one side of a comparison.

    Attributes:
        what: Exactly what was done, for the table below the ratios.
    """

    what: str
    runs: list[Usage] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median wall clock of a run."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def spread(self) -> float:
        """(slowest - fastest) / median."""
        times = [run.seconds for run in self.runs]
        return (max(times) - min(times)) / statistics.median(times)

    @property
    def cpu(self) -> dict[str, float]:
        """CPU seconds by process of the run in the middle; processes that did nothing are left out."""
        return busy(sorted(self.runs, key=lambda run: run.seconds)[len(self.runs) // 2])

    def added_mib(self, *names: str) -> float:
        """The most that these processes together grew by in any run, in MiB; all processes when none are named."""
        return max(
            sum(size for name, size in run.added.items() if not names or name in names) / _MIB for run in self.runs
        )

    def as_json(self) -> dict[str, Any]:
        """What build/bench.json keeps."""
        return {
            "what": self.what,
            "seconds": [round(run.seconds, 4) for run in self.runs],
            "median_s": round(self.seconds, 4),
            "spread": round(self.spread, 3),
            "cpu_s": [busy(run) for run in self.runs],
            "peak_mib": {
                name: round(max(run.peak.get(name, 0) for run in self.runs) / _MIB, 1) for name in self.runs[0].peak
            },
        }


@dataclass
class Result:
    """A line of the table.

    Attributes:
        key: Stable name, `intake.ndjson`.
        path: What was measured.
        against: What is 1.00.
        figure: The ratio, or a plain number where `unit` says so.
        budget: None where the design sets none.
        series: The two sides, or whatever was timed, by name.
        notes: Sentences for the page: rates, counts, what was checked.
        cause: What keeps the figure from its budget, as far as it is known; shown where it is missed.
    """

    key: str
    path: str
    against: str
    figure: float
    budget: Budget | None = None
    unit: str = ""
    series: dict[str, Series] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cause: str = ""

    @property
    def said(self) -> list[str]:
        """The notes, and the cause of a miss."""
        cause = self.cause or "the cause is not known yet"
        return [*self.notes, f"missed: {cause}"] if self.verdict == "missed" else self.notes

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or empty without a budget."""
        if self.budget is None:
            return ""
        return "met" if self.budget.holds(round(self.figure, 2)) else "missed"

    def as_json(self) -> dict[str, Any]:
        """What build/bench.json keeps."""
        return {
            "key": self.key,
            "path": self.path,
            "against": self.against,
            "figure": round(self.figure, 4),
            "unit": self.unit,
            "budget": str(self.budget) if self.budget else None,
            "verdict": self.verdict or None,
            "series": {name: series.as_json() for name, series in self.series.items()},
            "notes": self.said,
        }


class WrongWorkError(AssertionError):
    """A side did not do the work that it was timed for."""


def must_be(what: str, found: object, wanted: object) -> None:
    """Refuse a measurement whose work is not what it should be.

    Raises:
        WrongWorkError: if `found` differs from `wanted`.
    """
    if found != wanted:
        raise WrongWorkError(f"{what}: {found!r}, expected {wanted!r}")
