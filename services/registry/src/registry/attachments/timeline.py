"""What a household's file tells of its photos and scans: that they were kept, and nothing of what they show."""

from __future__ import annotations

from registry.attachments.rules import VIEWERS
from servicekit.entries import Source, own

TIMELINE = (
    Source(
        kinds=("attachment_kept",),
        rows=f"attachment a WHERE a.household_id = {own()}",
        key=("a.household_id", "a.sha256"),
        at="a.kept_at",
        household="a.household_id",
        by="a.kept_by",
        link="'/v1/households/' || a.household_id || '/attachments/' || a.sha256",
        facts={"media_type": "a.media_type", "size_bytes": "a.size_bytes"},
        scopes=VIEWERS,
    ),
    Source(
        kinds=("attachment_removed",),
        rows=f"attachment_removal r WHERE r.household_id = {own()}",
        key=("r.id",),
        at="r.removed_at",
        household="r.household_id",
        by="r.removed_by",
        link="'/v1/households/' || r.household_id || '/attachments'",
        facts={"media_type": "r.media_type", "size_bytes": "r.size_bytes"},
        scopes=VIEWERS,
    ),
)
