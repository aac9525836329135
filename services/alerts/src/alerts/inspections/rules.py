"""Drawing households so that anybody can draw the same ones again, and what is owed for each. Pure.

Source: 一月一调度、一季一督查.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from contracts.duties import Closed, Duty, Opened
from servicekit import areas

STRATA: Final = ("new", "eliminated", "unresolved", "excluded")
"""Kinds of households that are drawn, the first that a household is of counts: each stands in one of them."""
DUTY: Final = "Y03"


class Candidate(NamedTuple):
    """A household that may be drawn."""

    household_id: str
    area_code: str
    stratum: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was drawn, and from how many.

    Attributes:
        drawn: In order of townships, strata and lots.
        frame: How many households there were, by township and stratum.
        frame_digest: Of all of them: whoever has the same list and the seed draws the same households.
    """

    drawn: Sequence[Candidate]
    frame: Sequence[dict[str, Any]]
    frame_digest: str


def draw(candidates: Iterable[Candidate], seed: str, households: int) -> Drawing:
    """Draw so many households of each stratum in each township, all where there are fewer.

    The lot of a household is the SHA-256 of seed and id: it hangs neither on the order of the list nor on the others.
    """
    known: dict[str, Candidate] = {}
    for each in candidates:
        other = known.get(each.household_id)
        if other is None or STRATA.index(each.stratum) < STRATA.index(other.stratum):
            known[each.household_id] = each
    groups: dict[tuple[str, int], list[Candidate]] = {}
    for each in known.values():
        groups.setdefault((areas.town_of(each.area_code), STRATA.index(each.stratum)), []).append(each)
    drawn: list[Candidate] = []
    for _, group in sorted(groups.items()):
        drawn += sorted(group, key=lambda each: lot(seed, each.household_id))[:households]
    frame = [
        {"area_code": town, "stratum": STRATA[place], "households": len(group)}
        for (town, place), group in sorted(groups.items())
    ]
    told = "\n".join(f"{each.household_id} {each.stratum}" for each in sorted(known.values()))
    return Drawing(drawn, frame, hashlib.sha256(told.encode()).hexdigest())


def lot(seed: str, household_id: str) -> str:
    """Give the lot of a household: the smallest ones are drawn."""
    return hashlib.sha256(f"{seed}:{household_id}".encode()).hexdigest()


def counted(strata: Iterable[str]) -> dict[str, int]:
    """Count what was drawn by stratum, none left out."""
    found = Counter(strata)
    return {each: found[each] for each in STRATA}


@dataclass(frozen=True, slots=True)
class Task:
    """A household that was drawn, as its duty needs it."""

    id: str
    version: int
    household_id: str
    area_code: str
    state: str
    counts_from: date
    due_on: date
    closed_on: date | None


def duty_id(task_id: str) -> str:
    """Give the id of the duty to visit a household."""
    return f"{DUTY}-{task_id}"


def duty(task: Task) -> Duty:
    """Give what is said of the duty to visit a household."""
    values = {
        "duty_id": duty_id(task.id),
        "revision": task.version,
        "kind": DUTY,
        "subject_id": task.id,
        "household_id": task.household_id,
        "area_code": task.area_code,
        "counts_from": task.counts_from,
        "due_on": task.due_on,
    }
    if task.state == "open":
        return Opened.model_validate(values)
    return Closed.model_validate(values | {"outcome": task.state, "closed_on": task.closed_on})
