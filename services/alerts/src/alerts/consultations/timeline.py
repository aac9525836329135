"""What a household's file tells of consultations about its clues."""

from __future__ import annotations

from servicekit.entries import Source, own

TIMELINE = (
    Source(
        kinds=("clue_judged",),
        rows=f"consultation j JOIN clue c ON j.clue_ids @> ARRAY[c.id] WHERE c.household_id = {own('text')}"
        " AND j.withdrawn_at IS NULL",
        key=("j.id", "c.id"),
        at="j.recorded_at",
        household="c.household_id",
        occurred_on="j.held_on",
        by="j.recorded_by",
        persons="j.persons",
        link="'/v1/consultations/' || j.id",
        facts={"departments": "array_to_string(j.departments, ', ')"},
        scopes=("clues:read",),
    ),
)
