"""A duty as the registry says it, and what has changed in one since it was announced last. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import orjson

from contracts.duties import Outcome, Pause, Unit

MEASURE = "P01"
TASK = "P03"
REPLANS = {MEASURE: "P02", TASK: "P04"}
"""The township's duty to plan something else, where a department's cannot be done."""


@dataclass(frozen=True)
class Said:
    """A duty as it is; `outcome` and `closed_on` where nobody has it any more.

    Attributes:
        subject_id: What it is about, if that is not what all the duties beside it are about.
        department: The one that must act, if it is a department's.
        person_id: The member of the household that it is about, if one.
    """

    duty_id: str
    kind: str
    counts_from: date
    due_on: date
    unit: Unit
    is_estimate: bool = False
    outcome: Outcome | None = None
    closed_on: date | None = None
    subject_id: str | None = None
    department: str | None = None
    person_id: str | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def is_paused(self) -> bool:
        """Whether a pause lasts."""
        return any(pause.until is None for pause in self.pauses)


@dataclass(frozen=True)
class Tally:
    """How far a village has come with its households.

    Attributes:
        due: Households for which something is to be done.
        waiting: Of them, those for which it was not.
        last_on: Day on which it was done for the last of the others.
    """

    village: str
    due: int
    waiting: int
    last_on: date | None

    def said(self, duty_id: str, kind: str, days: tuple[date, date]) -> Said:
        """Give the village's duty, done when no household waits.

        Args:
            days: The first that counts, and the last.
        """
        first, last = days
        is_done = not self.waiting
        return Said(
            duty_id,
            kind,
            first - timedelta(days=1),
            last,
            "calendar",
            outcome="done" if is_done else None,
            closed_on=self.last_on if is_done else None,
        )


@dataclass(frozen=True)
class Promised:
    """A measure, or a task of the plan, as a duty of the department that is to carry it out.

    Attributes:
        kind: The duty's: MEASURE or TASK.
        agreed_on, planned_on: The day on which it was planned, and the one by which it is to be done.
        done_on: The day on which it was done.
        dropped_on: The day on which it was given up without having been done.
        is_returned: It cannot be done, and the township was told why: something else is to be planned.
        replanned_on: The day on which the plan was revised or another measure planned after that.
        person_id: The member of the household that it is for, if one.
    """

    kind: str
    subject_id: str
    department: str
    agreed_on: date
    planned_on: date
    done_on: date | None
    dropped_on: date | None
    is_returned: bool = False
    replanned_on: date | None = None
    person_id: str | None = None


@dataclass(frozen=True)
class Ground:
    """What duties hang on: their subject unless they name another, its household and where it lies.

    Attributes:
        episode_id: The episode, if they follow from one.
    """

    subject_id: str
    area_code: str
    household_id: str | None = None
    episode_id: str | None = None

    def content(self, said: Said) -> dict[str, Any]:
        """Give what is compared with what was announced; what a duty does not have is not in it."""
        whole = {**asdict(said), "pauses": [pause.model_dump() for pause in said.pauses]}
        bare = {name: whole[name] for name in whole if name not in _LATER or whole[name]}
        content: dict[str, Any] = orjson.loads(orjson.dumps({**bare, "household_id": self.household_id}))
        return content


@dataclass(frozen=True)
class Known:
    """A duty as it was announced last."""

    revision: int
    is_open: bool
    said: dict[str, Any]


_LATER = ("subject_id", "department", "person_id", "pauses")


def changes(
    ground: Ground, wanted: Iterable[Said], known: Mapping[str, Known], *, today: date, gone: Outcome = "cancelled"
) -> list[tuple[Said, int]]:
    """Give the duties that are to be announced, with their revisions. What was over before it was ever said is not.

    Args:
        gone: What became of those that were announced and are wanted no more.
    """
    found: list[tuple[Said, int]] = []
    by_id = {said.duty_id: said for said in wanted}
    for duty_id, each in by_id.items():
        before = known.get(duty_id)
        said = _as_closed(each, before)
        if before is None:
            if said.outcome is None:
                found.append((said, 1))
        elif before.said != ground.content(said):
            found.append((said, before.revision + 1))
    for duty_id, before in known.items():
        if before.is_open and duty_id not in by_id:
            found.append((_again(before.said, gone, today), before.revision + 1))
    return found


def _as_closed(said: Said, before: Known | None) -> Said:
    """Give a duty that nobody has any more with the day on which that was so first, whatever follows in its case."""
    if before is None or before.is_open or (said.outcome, before.said["outcome"]) != ("cancelled", "cancelled"):
        return said
    return replace(said, closed_on=date.fromisoformat(before.said["closed_on"]))


def _again(said: Mapping[str, Any], outcome: Outcome, today: date) -> Said:
    """Give a duty whose ground is gone."""
    known: dict[str, Any] = {name: said.get(name) for name in ("duty_id", "kind", "unit", "is_estimate", *_LATER)}
    known |= {name: date.fromisoformat(said[name]) for name in ("counts_from", "due_on")}
    known["pauses"] = tuple(Pause.model_validate(pause) for pause in known["pauses"] or ())
    return Said(**known, outcome=outcome, closed_on=today)
