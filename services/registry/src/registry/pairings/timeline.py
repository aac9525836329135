"""What a household's file tells of its helpers."""

from __future__ import annotations

from servicekit.entries import Source, own
from servicekit.persons import STAFF_PREFIX

_READ = ("staff:read",)
_LINK = "'/v1/pairings?household_id=' || p.household_id"

TIMELINE = (
    Source(
        kinds=("helper_paired",),
        rows=f"pairing p WHERE p.household_id = {own()}",
        key=("p.id",),
        at="p.recorded_at",
        household="p.household_id",
        occurred_on="p.from_on",
        by="p.recorded_by",
        persons=f"ARRAY['{STAFF_PREFIX}' || p.staff_id]",
        why="p.why",
        link=_LINK,
        facts={"from_on": "p.from_on"},
        scopes=_READ,
    ),
    Source(
        kinds=("helper_ended",),
        rows=f"pairing p WHERE p.household_id = {own()} AND p.ended_at IS NOT NULL",
        key=("p.id",),
        at="p.ended_at",
        household="p.household_id",
        occurred_on="p.until_on",
        by="p.ended_by",
        persons=f"ARRAY['{STAFF_PREFIX}' || p.staff_id]",
        why="p.ended_why",
        link=_LINK,
        facts={"until_on": "p.until_on"},
        scopes=_READ,
    ),
)
