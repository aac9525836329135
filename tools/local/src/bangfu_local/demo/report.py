"""`build/demo-report.json`: what was pushed, found, missed, received, how long it took and how much memory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel


class Pushed(BaseModel):
    """Rows of one dataset."""

    rows: int
    accepted: int
    rejected: int
    rejected_by_code: dict[str, int] = {}
    expected_rejected_by_code: dict[str, int] = {}
    matched: int = 0
    quarantined: int = 0
    unmatched: int = 0


class RuleScore(BaseModel):
    """What one rule found against the oracle, which computes the truth on its own.

    `planted` counts what the generator planted, `expected` all cases the oracle sees, accidental ones included.
    """

    planted: int = 0
    expected: int = 0
    found: int = 0
    missed: int = 0
    false: int = 0


class ChannelCount(BaseModel):
    """Alerts on one channel."""

    received: int
    repeats: int = 0
    is_identical: bool


class Report(BaseModel):
    """The whole month in numbers.

    `roster` counts people by role, `paired` monitored households that got a helper, `duties` what must be done by
    kind and state (`overdue` are open). `acting` says who took the steps that a person must take: the demonstration's
    clients stand in.
    `uncompared` counts the findings of each rule that has no entry in the oracle: whether they are right is unknown.
    """

    seed: int
    period: str
    bus: str
    households: int = 0
    persons: int = 0
    datasets: dict[str, Pushed] = {}
    findings: dict[str, int] = {}
    rules: dict[str, RuleScore] = {}
    uncompared: dict[str, int] = {}
    clues: int = 0
    clues_by_state: dict[str, int] = {}
    alerts_published: int = 0
    channels: dict[str, ChannelCount] = {}
    episode_states: list[str] = []
    acting: Literal["stand_in"] = "stand_in"
    roster: dict[str, int] = {}
    paired: int = 0
    duties: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    peak_mib: dict[str, float] = {}
    failures: list[str] = []

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
