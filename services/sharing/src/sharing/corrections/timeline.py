"""What a household's file tells of the data that departments are asked to correct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.parameters import Words
from contracts.vocabulary import Department
from servicekit.entries import OF_DEPARTMENT, Source, own
from sharing.catalogue.service import load_datasets
from sharing.corrections.texts import STATES

_READ = ("clues:read", "deliveries:read")
_ROWS = (
    f"correction c JOIN finding f USING (finding_id) WHERE f.household_id = {own('text')}"
    f" AND {OF_DEPARTMENT.format(column='c.department')}"
)
_LINK = "'/v1/corrections/' || c.id"
_ENGLISH = {
    "corrected": "corrected",
    "stands": "the data stand",
    "withdrawn": "taken back",
    "moot": "its ground is gone",
}


def _dataset(code: str) -> Words:
    dataset = load_datasets()[code]
    return Words(zh=dataset.label, en=dataset.english)


def _state(code: str) -> Words:
    return Words(zh=STATES[code], en=_ENGLISH[code])


_WORDS: dict[str, Callable[[Any], Any]] = {"department": Department, "dataset": _dataset, "state": _state}

TIMELINE = (
    Source(
        kinds=("correction_asked",),
        rows=_ROWS,
        key=("c.id",),
        at="c.asked_at",
        household="f.household_id",
        by="c.asked_by",
        link=_LINK,
        facts={
            "department": "c.department", "dataset": "c.dataset", "field": "c.field", "due_on": "c.due_on",
            "finding_id": "c.finding_id",
        },
        words=_WORDS,
        scopes=_READ,
    ),
    Source(
        kinds=("correction_closed",),
        rows=f"{_ROWS} AND c.closed_at IS NOT NULL",
        key=("c.id",),
        at="c.closed_at",
        household="f.household_id",
        by="c.closed_by",
        link=_LINK,
        facts={
            "department": "c.department", "dataset": "c.dataset", "state": "c.state", "reason": "c.reason",
            "finding_id": "c.finding_id",
        },
        words=_WORDS,
        scopes=_READ,
    ),
)  # fmt: skip
