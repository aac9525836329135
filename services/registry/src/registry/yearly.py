"""Duties that each village has once a year, by the end of a month. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from registry.duty import Ground, Known, Said, Tally, changes
from registry.periods import part_of_year


@dataclass(frozen=True)
class Yearly:
    """A kind of duty of villages.

    Attributes:
        month: By whose end it is due; 0: nothing is asked for.
    """

    kind: str
    month: int

    def due_on(self, year: int) -> date | None:
        """Give the day by which it is done: the last of the month; None where nothing is asked for."""
        return part_of_year(date(year, self.month, 1), 1)[1] if self.month else None

    def duty_id(self, village: str, year: int) -> str:
        """Give the id of a village's duty."""
        return f"{self.kind}-{village}-{year}"

    def years(self, known: Mapping[str, Known], today: date) -> list[int]:
        """Give the years that are looked at: this one, and those that a village still owes."""
        owed = (int(duty_id[-4:]) for duty_id, each in known.items() if each.is_open)
        return sorted({today.year, *owed}) if self.month else []

    def changed(
        self, found: Mapping[int, Iterable[Tally]], known: Mapping[str, Known], today: date
    ) -> list[tuple[Ground, Said, int]]:
        """Give the duties that are to be announced, with their revisions. One that is past its day is not opened.

        Args:
            found: How far each village has come, by year.
            known: What was announced, of these villages alone, and of each of these years.
        """
        changed: list[tuple[Ground, Said, int]] = []
        gone = dict(known)
        for year, tallies in found.items():
            due_on = self.due_on(year)
            for tally in tallies:
                duty_id = self.duty_id(tally.village, year)
                before = {duty_id: gone.pop(duty_id)} if duty_id in gone else {}
                if due_on is not None and (before or due_on >= today):
                    said = tally.said(duty_id, self.kind, (date(year, 1, 1), due_on))
                    changed += _changes(duty_id, [said], before, today)
        for duty_id, each in gone.items():
            changed += _changes(duty_id, [], {duty_id: each}, today)
        return changed


def _changes(
    duty_id: str, wanted: Iterable[Said], known: Mapping[str, Known], today: date
) -> list[tuple[Ground, Said, int]]:
    _, village, year = duty_id.split("-")
    ground = Ground(f"{village}/{year}", village)
    return [(ground, *change) for change in changes(ground, wanted, known, today=today)]
