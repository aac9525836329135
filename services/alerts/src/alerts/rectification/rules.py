"""What may become of a problem, who must act on it by when, and what is wrong with what is said of it. Pure.

Source: 问题、措施、责任、时限、销号清单; whoever did the work does not clear it; look-back at what was cleared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from alerts.rectification.texts import FAULTS
from contracts.duties import Duty, Opened, Outcome, differing
from contracts.errors import FieldError
from contracts.supervision import ProblemState
from contracts.vocabulary import Department
from servicekit import areas

Action = Literal[
    "registered", "amended", "progress", "submitted", "returned", "cleared", "looked_back", "recurred", "reopened"
]
_OPEN, _RECTIFYING, _SUBMITTED = ProblemState.OPEN, ProblemState.RECTIFYING, ProblemState.SUBMITTED
_ENDED: Final = (ProblemState.CLEARED, ProblemState.LOOKED_BACK)

_STEPS: Final[Mapping[Action, tuple[tuple[ProblemState, ...], ProblemState]]] = {
    "progress": ((_OPEN, _RECTIFYING), _RECTIFYING),
    "submitted": ((_RECTIFYING,), _SUBMITTED),
    "returned": ((_SUBMITTED,), _RECTIFYING),
    "cleared": ((_SUBMITTED,), ProblemState.CLEARED),
    "looked_back": ((ProblemState.CLEARED,), ProblemState.LOOKED_BACK),
    "recurred": (_ENDED, _RECTIFYING),
    "reopened": (_ENDED, _RECTIFYING),
}
_WORK: Final = ("progress", "submitted")


def after(action: Action, state: ProblemState) -> ProblemState | None:
    """Give the state that a step leads to; None where the state does not allow it. An amendment changes none."""
    if action == "amended":
        return state if state in (_OPEN, _RECTIFYING) else None
    allowed, leads_to = _STEPS[action]
    return leads_to if state in allowed else None


def unit_of(area_code: str, department: str | None) -> str:
    """Give whose problem it is, as recurrence compares it: a department of a county, or a township."""
    return areas.town_of(area_code) if department is None else f"{areas.county_of(area_code)}/{department}"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a problem when it is registered or amended, and the day on which it is said."""

    area_code: str
    department: str | None
    found_on: date
    due_on: date
    today: date


def flaws_of(said: Said) -> list[FieldError]:
    """Give everything that is wrong with what is said; empty when it may be recorded."""
    flaws: list[FieldError] = []
    if said.department is None and areas.level_of(said.area_code) not in ("town", "village"):
        flaws.append(FieldError.told(FAULTS, "department.missing", "/department"))
    if said.found_on > said.today:
        flaws.append(FieldError.told(FAULTS, "found_on.future", "/found_on"))
    if said.due_on < said.found_on:
        flaws.append(FieldError.told(FAULTS, "due_on.before", "/due_on"))
    return flaws


def due_again(due_on: date, today: date) -> list[FieldError]:
    """Give what is wrong with the day that is set for what is to be done again."""
    if due_on >= today:
        return []
    return [FieldError.told(FAULTS, "due_on.past", "/due_on")]


def did_the_work(steps: Sequence[tuple[str, str]], person: str | None) -> frozenset[str]:
    """Give who neither clears nor looks back: who reported progress or a result at any time, and who is responsible.

    Args:
        steps: Action and actor of each.
    """
    return frozenset({by for action, by in steps if action in _WORK} | ({person} if person else set()))


@dataclass(frozen=True, slots=True)
class Case:
    """A problem, as far as duties hang on it.

    Attributes:
        counts_from: Since when the responsible unit has it to put right, now.
        submitted_on, check_due_on: Since when the county has to look at the result, and by when.
        cleared_on, look_back_due_on: When it was cleared, and by when the county looks back.

    What is cleared was submitted, so the later of the two says whose turn it is.
    """

    id: str
    version: int
    area_code: str
    department: str | None
    state: str
    counts_from: date
    due_on: date
    submitted_on: date | None
    check_due_on: date | None
    cleared_on: date | None
    look_back_due_on: date | None


def duties(case: Case) -> dict[str, Opened]:
    """Give the one duty that a problem's state implies, by its id; none of what was looked back at."""
    if case.state == ProblemState.LOOKED_BACK:
        return {}
    department = None
    if case.cleared_on is not None and case.look_back_due_on is not None:
        kind, unit, since, due_on = "Z04", "", case.cleared_on, case.look_back_due_on
    elif case.submitted_on is not None and case.check_due_on is not None:
        kind, unit, since, due_on = "Z03", "", case.submitted_on, case.check_due_on
    else:
        department = Department(case.department) if case.department is not None else None
        kind, since, due_on = "Z01" if department else "Z02", case.counts_from, case.due_on
        unit = f"-{department or case.area_code[:9]}"  # another unit takes it in hand anew
    duty = Opened(
        duty_id=f"{kind}-{case.id}{unit}",
        revision=case.version,
        kind=kind,
        subject_id=case.id,
        area_code=case.area_code,
        department=department,
        counts_from=since,
        due_on=due_on,
    )
    return {duty.duty_id: duty}


def said_of_duties(before: Case | None, now: Case, outcome: Outcome, today: date) -> list[Duty]:
    """Give what a step says of the duties of a problem: whose are over, and whose have begun or changed.

    Args:
        outcome: What became of those that are over.
    """
    had = duties(before) if before else {}
    return differing(had, duties(now), outcome, revision=now.version, on=today)
