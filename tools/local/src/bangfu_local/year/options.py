"""What a year is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bangfu_local.demo.options import DemoOptions
from bangfu_local.embedded.policy import LINE

POLICY = LINE | {"alerts.exclusions_per_day": "1000"}
"""Townships take a whole month's clues on one day."""


@dataclass(frozen=True)
class YearOptions(DemoOptions):
    """Size, seed and place of a year; `period` is the month that it begins with."""

    households: int = 2_000
    report: Path = Path("build/year.json")
    data_dir: Path = Path("build/year")

    @property
    def policy(self) -> Mapping[str, str]:
        """The county's own parameters."""
        return POLICY
