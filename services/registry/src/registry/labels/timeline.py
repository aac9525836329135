"""What a household's file tells of the labels that it has; those that went are not kept."""

from __future__ import annotations

from contracts.labels import HouseholdLabel
from servicekit.entries import Source, own

TIMELINE = (
    Source(
        kinds=("label_given",),
        rows=f"household_label l WHERE l.household_id = {own()}",
        key=("l.household_id", "l.label"),
        at="CAST(l.since_on AS timestamp) AT TIME ZONE 'Asia/Shanghai'",
        household="l.household_id",
        occurred_on="l.since_on",
        link="'/v1/households/' || l.household_id || '/labels'",
        facts={"label": "l.label", "since_on": "l.since_on"},
        words={"label": HouseholdLabel},
        scopes=("households:read",),
    ),
)
