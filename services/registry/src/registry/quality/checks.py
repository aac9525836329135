"""What a counter-check found as a duty of the township: it answers, or the facts are mended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.duty import Ground, Said
from servicekit.clock import CHINA

KIND = "V01"
AUDIT, APPROVE = "episodes:audit", "episodes:approve"


def accepting_scope(level: str | None) -> str:
    """Give the scope that says that a finding is true as it is: of a counter-check the county, whose check it is."""
    return APPROVE if level == "check" else AUDIT


@dataclass(frozen=True)
class Checked:
    """A finding of a counter-check, and where its household lives."""

    id: str
    household_id: str
    area_code: str
    opened_at: datetime
    ended_at: datetime | None

    @property
    def duty_id(self) -> str:
        """The duty of looking into it."""
        return f"{KIND}-{self.id}"


def duty_of(found: Checked, days: int) -> tuple[Ground, Said]:
    """Give the duty of looking into a finding, `days` after the day on which it was found."""
    began = found.opened_at.astimezone(CHINA).date()
    ended = found.ended_at.astimezone(CHINA).date() if found.ended_at else None
    said = Said(
        found.duty_id,
        KIND,
        began,
        began + timedelta(days=days),
        "calendar",
        outcome="done" if ended else None,
        closed_on=ended,
    )
    return Ground(found.id, found.area_code, found.household_id), said
