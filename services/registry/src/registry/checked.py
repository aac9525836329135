"""What a counter-check has found, as the duty of whoever has to look into it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.duty import Ground, Said
from servicekit.clock import CHINA


@dataclass(frozen=True)
class Checked:
    """A finding; `ended_at`: when its facts were over, or somebody has answered."""

    kind: str
    id: str
    area_code: str
    opened_at: datetime
    ended_at: datetime | None
    household_id: str | None = None

    @property
    def duty_id(self) -> str:
        """The duty of looking into it."""
        return f"{self.kind}-{self.id}"


def duty_of(found: Checked, days: int) -> tuple[Ground, Said]:
    """Give the duty of looking into a finding, due `days` after the day on which it was found."""
    began = found.opened_at.astimezone(CHINA).date()
    ended = found.ended_at.astimezone(CHINA).date() if found.ended_at else None
    said = Said(
        found.duty_id,
        found.kind,
        began,
        began + timedelta(days=days),
        "calendar",
        outcome="done" if ended else None,
        closed_on=ended,
    )
    return Ground(found.id, found.area_code, found.household_id), said
