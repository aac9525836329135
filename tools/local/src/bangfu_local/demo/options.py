"""What a demonstration is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bangfu_local.embedded.policy import LINE

COUNTY = "990101000000"


@dataclass(frozen=True)
class DemoOptions:
    """Size, seed and place of a demonstration.

    Attributes:
        period: Month that is delivered and compared, `YYYY-MM`.
        bus: `embedded` or `kafka:host:port`.
        data_dir: Emptied before and, unless `keep`, removed afterwards.
        is_quiet: No progress bars and tables: for tests.
        durable: False skips fsync in PostgreSQL: for tests.
    """

    households: int = 20_000
    seed: int = 1
    period: str = "2026-10"
    report: Path = Path("build/demo-report.json")
    bus: str = "embedded"
    data_dir: Path = Path("build/demo")
    keep: bool = False
    is_quiet: bool = False
    durable: bool = True

    @property
    def policy(self) -> Mapping[str, str]:
        """The county's own parameters."""
        return LINE

    @property
    def county_dir(self) -> Path:
        """Where the generated files are."""
        return self.data_dir.parent / "county"

    @property
    def clock_start(self) -> datetime:
        """Morning of the tenth of the month after the period, in China: before the deliveries are due."""
        year, month = (int(part) for part in self.period.split("-"))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return datetime(year, month, 10, 1, tzinfo=UTC)
