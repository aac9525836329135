"""What a household's file tells of the notices that name it."""

from __future__ import annotations

from contracts.parameters import Words
from registry.notices.kinds import KINDS, NoticeKind
from servicekit.entries import Source, own


def _kind(code: str) -> Words:
    kind = KINDS[NoticeKind(code)]
    return Words(zh=kind.zh, en=kind.en)


# The condition of the index that leads from a household to the notices with a row of it.
_ROWS = (
    f"household h JOIN notice n ON n.rows @> jsonb_build_array(jsonb_build_object('household_id', h.id::text))"
    f" WHERE h.id = {own()}"
)
_LINK = "'/v1/notices/' || n.id"
_READ = ("episodes:read",)

TIMELINE = (
    Source(
        kinds=("notice_posted",),
        rows=_ROWS,
        key=("n.id", "h.id"),
        at="n.recorded_at",
        household="h.id",
        occurred_on="n.first_on",
        by="n.recorded_by",
        link=_LINK,
        facts={"notice": "n.kind", "first_on": "n.first_on", "last_on": "n.last_on"},
        words={"notice": _kind},
        scopes=_READ,
    ),
    Source(
        kinds=("notice_withdrawn",),
        rows=f"{_ROWS} AND n.withdrawn_at IS NOT NULL",
        key=("n.id", "h.id"),
        at="n.withdrawn_at",
        household="h.id",
        by="n.withdrawn_by",
        why="n.withdrawn_why",
        link=_LINK,
        facts={"notice": "n.kind"},
        words={"notice": _kind},
        scopes=_READ,
    ),
)
