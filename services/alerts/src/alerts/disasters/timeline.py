"""What a household's file tells of the disasters that hit it, and of what it was given at once."""

from __future__ import annotations

from alerts.disasters.rules import DisasterKind
from servicekit.entries import Source, own

_READ = ("clues:read",)
_LINK = "'/v1/disasters/' || r.disaster_id || '/households/' || r.id"
_ROWS = (
    "disaster_household r JOIN clue_source s ON s.id = r.id JOIN clue c ON c.id = s.clue_id"
    " JOIN disaster d ON d.id = r.disaster_id{0}"
    f" WHERE c.household_id = {own('text')}"
)
_FACTS = {"event": "d.name", "kind": "d.kind", "disaster_id": "d.id"}
_WORDS = {"kind": DisasterKind}

TIMELINE = (
    Source(
        kinds=("disaster_affected",),
        rows=_ROWS.format(""),
        key=("r.id",),
        at="r.added_at",
        household="c.household_id",
        occurred_on="d.from_on",
        by="r.added_by",
        link=_LINK,
        facts=_FACTS,
        words=_WORDS,
        scopes=_READ,
    ),
    Source(
        kinds=("disaster_helped",),
        rows=_ROWS.format(" JOIN disaster_help g ON g.affected_id = r.id"),
        key=("g.id",),
        at="g.recorded_at",
        household="c.household_id",
        occurred_on="g.given_on",
        by="g.recorded_by",
        link=_LINK,
        facts=_FACTS,
        words=_WORDS,
        scopes=_READ,
    ),
    Source(
        kinds=("disaster_ended",),
        rows=_ROWS.format("") + " AND coalesce(r.removed_at, r.written_off_at) IS NOT NULL",
        key=("r.id",),
        at="coalesce(r.removed_at, r.written_off_at)",
        household="c.household_id",
        by="coalesce(r.removed_by, r.written_off_by)",
        why="coalesce(r.removed_because, r.written_off_because)",
        link=_LINK,
        facts=_FACTS,
        words=_WORDS,
        scopes=_READ,
    ),
)
