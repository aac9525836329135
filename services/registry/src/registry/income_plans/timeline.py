"""What a household's file tells of its income plans."""

from __future__ import annotations

from servicekit.entries import Source, own
from servicekit.persons import STAFF_PREFIX

TIMELINE = (
    Source(
        kinds=("income_plan_made",),
        rows=f"income_plan p WHERE p.household_id = {own()}",
        key=("p.household_id", "p.version"),
        at="p.recorded_at",
        household="p.household_id",
        occurred_on="p.made_on",
        by="p.recorded_by",
        persons=f"ARRAY['{STAFF_PREFIX}' || p.responsible]",
        link="'/v1/households/' || p.household_id || '/income-plans'",
        facts={"version": "p.version", "year": "p.year", "measures": "jsonb_array_length(p.measures)"},
        scopes=("households:read",),
    ),
)
