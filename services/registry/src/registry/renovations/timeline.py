"""What a household's file tells of the renovation of its house."""

from __future__ import annotations

from registry.renovations.rules import RenovationKind, Stage
from servicekit.differences import state_differs
from servicekit.entries import Source, own

_FORMER = """(SELECT to_json(b.stage) FROM renovation_step b
    WHERE b.renovation_id = s.renovation_id AND b.version = s.version - 1)"""

TIMELINE = (
    Source(
        kinds=("renovation_step",),
        rows=f"renovation r JOIN renovation_step s ON s.renovation_id = r.id WHERE r.household_id = {own()}",
        key=("s.renovation_id", "s.version"),
        at="s.recorded_at",
        household="r.household_id",
        by="s.recorded_by",
        link="'/v1/renovations/' || r.id",
        facts={"renovation": "r.kind", "year": "r.year", "stage": "s.stage"},
        words={"renovation": RenovationKind, "stage": Stage},
        before=_FORMER,
        after="to_json(s.stage)",
        compare=state_differs("改造进度", "stage of the renovation"),
        scopes=("households:read", "duties:read"),
    ),
)
