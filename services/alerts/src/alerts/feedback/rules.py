"""The duty to read what became of findings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.duties import Closed, Duty, Opened
from contracts.vocabulary import Department


@dataclass(frozen=True, slots=True)
class Round:
    """A round of feedback, as far as its duty hangs on it."""

    id: str
    area_code: str
    department: str
    opened_on: date
    due_on: date
    acknowledged_on: date | None


def duty_id(round_id: str) -> str:
    """Give the id of a round's duty."""
    return f"D17-{round_id}"


def duty(told: Round) -> Duty:
    """Give what is said of a round's duty: the department's until it has read what was decided."""
    values = {
        "duty_id": duty_id(told.id),
        "revision": 1 if told.acknowledged_on is None else 2,
        "kind": "D17",
        "subject_id": told.id,
        "area_code": told.area_code,
        "department": Department(told.department),
        "counts_from": told.opened_on,
        "due_on": told.due_on,
    }
    if told.acknowledged_on is None:
        return Opened.model_validate(values)
    return Closed.model_validate(values | {"outcome": "done", "closed_on": told.acknowledged_on})
