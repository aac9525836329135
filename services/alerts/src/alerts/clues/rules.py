"""Decisions on a single clue: legal moves, verification, severity. Pure.

Source: domain reference, clue states and transitions; exclusion needs a reason code, a note and a second person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from contracts.errors import FieldError
from contracts.vocabulary import AlertKind, ClueState, ExclusionReason, Severity
from servicekit import clock

_ORDER: Final[Mapping[Severity, int]] = {severity: rank for rank, severity in enumerate(Severity)}

# An application or a visit names a need but no measured threshold. ORANGE gives the township seven days to look,
# which leaves eight of the fifteen for identification with its five days of publicity. [A]
REPORT_SEVERITY: Final = Severity.ORANGE

RESULTS: Final = frozenset(
    {
        ClueState.CONFIRMED_IDENTIFY,
        ClueState.CONFIRMED_POLICY,
        ClueState.EXISTING_CASE,
        ClueState.EXCLUDED,
        ClueState.UNREACHABLE,
    }
)

# A verification may come without a separate acceptance: offline apps send what was done, not every step.
TRANSITIONS: Final[Mapping[ClueState, frozenset[ClueState]]] = {
    ClueState.NEW: frozenset({ClueState.DISPATCHED, ClueState.EXISTING_CASE}),
    ClueState.DISPATCHED: RESULTS | {ClueState.VERIFYING},
    ClueState.VERIFYING: RESULTS,
    ClueState.UNREACHABLE: RESULTS | {ClueState.VERIFYING},
    ClueState.CONFIRMED_IDENTIFY: frozenset(),
    ClueState.CONFIRMED_POLICY: frozenset(),
    ClueState.EXISTING_CASE: frozenset(),
    ClueState.EXCLUDED: frozenset(),
    ClueState.WITHDRAWN: frozenset(),
}


def may_move(state: ClueState, to: ClueState) -> bool:
    """Tell whether the state machine allows the move."""
    return to in TRANSITIONS[state]


def next_states(state: ClueState) -> list[ClueState]:
    """Give the legal next states, in the vocabulary's order."""
    return [candidate for candidate in ClueState if candidate in TRANSITIONS[state]]


def is_worse(one: Severity, other: Severity) -> bool:
    """Tell whether `one` is more urgent than `other`."""
    return _ORDER[one] < _ORDER[other]


@dataclass(frozen=True, slots=True)
class Verification:
    """What the verifiers found, as sent."""

    result: ClueState
    reason: ExclusionReason | None
    note: str
    verifiers: Sequence[str]
    visited_on: date
    attachments: Sequence[str] = ()


def distinct_persons(staff_ids: Iterable[str]) -> list[str]:
    """Give each person once, without surrounding blanks, in the order given."""
    return list(dict.fromkeys(cleaned for staff_id in staff_ids if (cleaned := staff_id.strip())))


def flaws_of(verification: Verification, *, raised_on: date, today: date, verifiers_min: int) -> list[FieldError]:
    """Give everything that is wrong with a verification; empty when it may be recorded.

    Args:
        raised_on: Date in China on which the clue was raised: nobody can have verified it earlier.
        today: Business date in China.
        verifiers_min: Policy parameter alerts.verifiers_min.

    Source: domain reference, clue: two or more verifiers; EXCLUDED with reason code and note.
    """
    flaws: list[FieldError] = []
    if verification.result not in RESULTS:
        allowed = ", ".join(state.value for state in ClueState if state in RESULTS)
        flaws.append(FieldError("/result", "result.unknown", f"the result must be one of {allowed}"))
    if len(distinct_persons(verification.verifiers)) < verifiers_min:
        flaws.append(
            FieldError(
                "/verifiers", "verifiers.too_few", f"at least {verifiers_min} different persons must have verified"
            )
        )
    if verification.visited_on > today:
        flaws.append(FieldError("/visited_on", "visited_on.future", "the visit lies in the future"))
    elif verification.visited_on < raised_on:
        flaws.append(
            FieldError("/visited_on", "visited_on.before_raised", f"the clue was raised on {raised_on.isoformat()}")
        )
    if verification.result is ClueState.EXCLUDED:
        if verification.reason is None:
            flaws.append(FieldError("/reason", "reason.missing", "an exclusion needs a reason code"))
        if not verification.note.strip():
            flaws.append(FieldError("/note", "note.missing", "an exclusion needs a note"))
    elif verification.reason is not None:
        flaws.append(FieldError("/reason", "reason.unexpected", "a reason code belongs to an exclusion only"))
    return flaws


def alert_of(result: ClueState) -> AlertKind | None:
    """Give the alert that subscribers get for a result; None while somebody still has to act."""
    return None if result.is_open else AlertKind.RESOLVED


def began_on(day: date) -> datetime:
    """Give the instant at which a day begins in China."""
    return datetime.combine(day, time(), clock.CHINA)


def was_in_time(visited_on: date, due_at: datetime | None) -> bool:
    """Tell whether a visit happened by the due date: a deadline is kept by the visit, not by its recording."""
    return due_at is None or visited_on <= due_at.astimezone(clock.CHINA).date()
