"""`build/year.json`: every kind of duty with what became of it, and the planted facts with whether they were found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel

from bangfu.sdk.models import Duty
from contracts.duties import KINDS
from servicekit.clock import CHINA


class Tally(BaseModel):
    """What became of the duties of a kind.

    `late` are those that were closed after their day, or are open past it; `open` those whose day is still to come;
    `cancelled` those that nobody had to do any more, of them those that were late before count as late.
    """

    opened: int = 0
    kept: int = 0
    late: int = 0
    escalated: int = 0
    open: int = 0
    cancelled: int = 0


class Fact(BaseModel):
    """Something that was planted, or that must hold whatever happens."""

    zh: str
    en: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether it was found as it was planted."""
        return self.expected == self.found


class YearReport(BaseModel):
    """A year in numbers."""

    seed: int
    households: int = 0
    began_on: date
    ended_on: date
    duties: dict[str, Tally] = {}
    facts: list[Fact] = []
    seconds: dict[str, float] = {}
    cpu_seconds: float = 0.0
    failures: list[str] = []

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def closed_on(duty: Duty) -> date | None:
    """Give the day on which a duty was closed."""
    said = duty.model_dump()["closed_on"]
    return date.fromisoformat(said) if isinstance(said, str) else said


def is_late(duty: Duty, today: date) -> bool:
    """Tell whether a duty was closed after its day, or is open past it."""
    return duty.due_on < (closed_on(duty) or today) and not duty.is_paused


def escalations(duty: Duty, today: date) -> int:
    """Give how often a duty has gone to another level, by its ladder and the days on which it was open.

    Of steps that were past when it was opened the last one is done.
    """
    opened_at = datetime.fromisoformat(str(duty.model_dump()["opened_at"]))
    first = (opened_at.astimezone(CHINA).date() - duty.due_on).days
    last = ((closed_on(duty) or today) - duty.due_on).days
    ladder = KINDS[duty.kind].ladder
    steps = [*[step for step in ladder if step.day <= first][-1:], *[step for step in ladder if step.day > first]]
    return sum(step.to is not None and step.day <= last for step in steps)


def tally(duties: Iterable[Duty], today: date) -> dict[str, Tally]:
    """Count duties by kind."""
    found: dict[str, Tally] = defaultdict(Tally)
    for duty in duties:
        row = found[duty.kind]
        row.opened += 1
        late = is_late(duty, today)
        row.late += late
        row.escalated += duty.escalated_to is not None
        row.kept += duty.state == "done" and not late
        row.open += duty.state == "open" and not late
        row.cancelled += duty.state == "cancelled"
    return dict(sorted(found.items()))
