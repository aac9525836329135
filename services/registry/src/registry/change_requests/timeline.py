"""What a household's file tells of the changes that were asked for, and what was decided."""

from __future__ import annotations

from contracts.parameters import Words
from registry.change_requests.kinds import KINDS
from registry.change_requests.schemas import ChangeState
from servicekit.entries import Source, own

_READ = ("households:read",)
_LINK = "'/v1/change-requests/' || c.id"
_FACTS = {"change": "c.kind", "other_id": "c.other_id"}


def _named(code: str) -> Words:
    kind = KINDS[code]
    return Words(zh=kind.zh, en=kind.en)


TIMELINE = (
    Source(
        kinds=("change_requested",),
        rows=f"change_request c WHERE c.household_id = {own()}",
        key=("c.id",),
        at="c.requested_at",
        household="c.household_id",
        occurred_on="c.occurred_on",
        by="c.requested_by",
        why="c.reason",
        link=_LINK,
        facts=_FACTS,
        words={"change": _named},
        scopes=_READ,
    ),
    Source(
        kinds=("change_decided",),
        rows=f"change_request c WHERE c.household_id = {own()} AND c.decided_at IS NOT NULL",
        key=("c.id",),
        at="c.decided_at",
        household="c.household_id",
        by="c.decided_by",
        link=_LINK,
        facts=_FACTS | {"state": "c.state"},
        words={"change": _named, "state": ChangeState},
        scopes=_READ,
    ),
)
