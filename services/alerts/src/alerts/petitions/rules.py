"""What may become of an item, who must act on it by when, and what is wrong with what is said of it. Pure.

Source: F-F19 舆情监测预警和风险应对处置; F-F20 信访件核处: each has a record of its disposal, confirmed by another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from alerts.petitions.texts import FAULTS
from contracts.duties import Duty, Opened, Outcome, differing
from contracts.errors import FieldError
from contracts.supervision import PetitionSource, PetitionState, Satisfaction
from contracts.vocabulary import Department
from servicekit import areas

Action = Literal["registered", "amended", "clue", "disposed", "returned", "confirmed", "reopened", "withdrawn"]
_OPEN, _DISPOSED, _CLOSED = PetitionState.OPEN, PetitionState.DISPOSED, PetitionState.CLOSED

_STEPS: Final[Mapping[Action, tuple[PetitionState, PetitionState]]] = {
    "amended": (_OPEN, _OPEN),
    "clue": (_OPEN, _OPEN),
    "disposed": (_OPEN, _DISPOSED),
    "returned": (_DISPOSED, _OPEN),
    "confirmed": (_DISPOSED, _CLOSED),
    "reopened": (_CLOSED, _OPEN),
    "withdrawn": (_OPEN, PetitionState.WITHDRAWN),
}


def after(action: Action, state: PetitionState) -> PetitionState | None:
    """Give the state that a step leads to; None where the state does not allow it."""
    allowed, leads_to = _STEPS[action]
    return leads_to if state is allowed else None


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an item when it is registered or amended, and the day on which it is said."""

    source: PetitionSource
    area_code: str
    department: str | None
    received_on: date
    has_petitioner: bool
    today: date


def flaws_of(said: Said) -> list[FieldError]:
    """Give everything that is wrong with what is said; empty when it may be recorded."""
    flaws: list[FieldError] = []
    if said.department is None and areas.level_of(said.area_code) not in ("town", "village"):
        flaws.append(FieldError.told(FAULTS, "department.missing", "/department"))
    if said.received_on > said.today:
        flaws.append(FieldError.told(FAULTS, "received_on.future", "/received_on"))
    if said.has_petitioner and said.source is PetitionSource.OPINION:
        flaws.append(FieldError.told(FAULTS, "petitioner.unexpected", "/petitioner"))
    return flaws


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of the answer to whoever asked, and the day on which it is said."""

    source: PetitionSource
    received_on: date
    answered_on: date | None
    unanswered_because: str | None
    satisfaction: Satisfaction | None
    today: date


def flaws_of_answer(said: Answer) -> list[FieldError]:
    """Give everything that is wrong with it. Nobody need be answered about public opinion."""
    flaws: list[FieldError] = []
    if said.answered_on is not None and said.unanswered_because is not None:
        flaws.append(FieldError.told(FAULTS, "answered_on.both", "/unanswered_because"))
    if said.answered_on is None and said.unanswered_because is None and said.source is not PetitionSource.OPINION:
        flaws.append(FieldError.told(FAULTS, "answered_on.missing", "/answered_on"))
    if said.answered_on is not None and said.answered_on > said.today:
        flaws.append(FieldError.told(FAULTS, "answered_on.future", "/answered_on"))
    if said.answered_on is not None and said.answered_on < said.received_on:
        flaws.append(FieldError.told(FAULTS, "answered_on.before", "/answered_on"))
    if said.answered_on is None and said.satisfaction is not None:
        flaws.append(FieldError.told(FAULTS, "satisfaction.unexpected", "/satisfaction"))
    return flaws


def did_the_work(steps: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Give who does not confirm: who recorded a disposal at any time.

    Args:
        steps: Action and actor of each.
    """
    return frozenset(by for action, by in steps if action == "disposed")


@dataclass(frozen=True, slots=True)
class Case:
    """An item, as far as duties hang on it."""

    id: str
    version: int
    area_code: str
    department: str | None
    state: str
    counts_from: date
    due_on: date
    is_estimate: bool
    disposed_on: date | None
    confirm_due_on: date | None


def duties(case: Case) -> dict[str, Opened]:
    """Give the one duty that an item's state implies, by its id; none of what is closed or withdrawn.

    No duty names the household, nor the village: who asked is known to those who deal with it alone, and an item may
    be about the village itself.
    """
    if case.state == PetitionState.OPEN:
        department = Department(case.department) if case.department is not None else None
        kind, since, due_on = "E01" if department else "E02", case.counts_from, case.due_on
        unit = f"-{department or case.area_code[:9]}"  # another unit takes it in hand anew
    elif case.state == PetitionState.DISPOSED and case.disposed_on is not None and case.confirm_due_on is not None:
        department, kind, unit, since, due_on = None, "E03", "", case.disposed_on, case.confirm_due_on
    else:
        return {}
    duty = Opened(
        duty_id=f"{kind}-{case.id}{unit}",
        revision=case.version,
        kind=kind,
        subject_id=case.id,
        area_code=areas.town_of(case.area_code),
        department=department,
        counts_from=since,
        due_on=due_on,
        unit="working",
        is_estimate=case.is_estimate,
    )
    return {duty.duty_id: duty}


def said_of_duties(before: Case | None, now: Case, outcome: Outcome, today: date) -> list[Duty]:
    """Give what a step says of the duties of an item: whose are over, and whose have begun or changed.

    Args:
        outcome: What became of those that are over.
    """
    had = duties(before) if before else {}
    return differing(had, duties(now), outcome, revision=now.version, on=today)
