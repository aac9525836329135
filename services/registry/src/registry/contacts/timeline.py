"""What a household's file tells of visits and contacts."""

from __future__ import annotations

from contracts.vocabulary import ContactOutcome, ContactWay
from servicekit.entries import Source, own
from servicekit.persons import STAFF_PREFIX

TIMELINE = (
    Source(
        kinds=("contact_made",),
        rows=f"contact c WHERE c.household_id = {own()}",
        key=("c.id",),
        at="c.recorded_at",
        household="c.household_id",
        occurred_on="c.happened_on",
        by="c.recorded_by",
        persons=(
            f"ARRAY['{STAFF_PREFIX}' || c.staff_id]"
            f" || ARRAY(SELECT '{STAFF_PREFIX}' || one FROM unnest(c.companions) one)"
        ),
        link="'/v1/contacts?household_id=' || c.household_id",
        facts={
            "way": "c.way",
            "outcome": "c.outcome",
            "risk_types": "c.risk_types",
            "campaign_id": "c.campaign_id",
            "attachments": "cardinality(c.attachments)",
        },
        words={"way": ContactWay, "outcome": ContactOutcome},
        scopes=("staff:read",),
    ),
)
