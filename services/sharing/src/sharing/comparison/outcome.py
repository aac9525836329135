"""What a comparison gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from sharing.comparison.coverage import RuleOutcome
from sharing.comparison.linking import Matching


@dataclass
class Difference:
    """What other parameters would add or drop, by household."""

    rule_id: str
    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """A run's outcome; the findings themselves are elsewhere.

    Attributes:
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
    """

    rules: list[RuleOutcome]
    matching: list[Matching]
    skipped: list[tuple[str, str | None]]
    difference: list[Difference] | None = None
