"""What a household's file tells of its four statuses."""

from __future__ import annotations

from contracts.parameters import Words
from contracts.vocabulary import Department, Guarantee
from servicekit.differences import Changed, titled
from servicekit.entries import Source, own


def _compared(before: bool | None, after: bool) -> list[Changed]:
    return [] if before in (None, after) else [titled("is_safe", "是否达标", "is safe", before, after)]


# A check that was told late changed nothing, and is not told as what was before.
_BEFORE = """(SELECT to_json(b.is_safe) FROM guarantee_status b
     WHERE b.household_id = s.household_id AND b.kind = s.kind AND b.version < s.version
       AND b.superseded_at IS DISTINCT FROM b.recorded_at ORDER BY b.version DESC LIMIT 1)"""

_CLAIM_LINK = "'/v1/households/' || c.household_id || '/statuses'"

TIMELINE = (
    Source(
        kinds=("status_recorded",),
        rows=f"guarantee_status s WHERE s.household_id = {own()}",
        key=("s.household_id", "s.kind", "s.version"),
        at="s.recorded_at",
        household="s.household_id",
        occurred_on="s.checked_on",
        by="s.recorded_by",
        link="'/v1/households/' || s.household_id || '/statuses'",
        facts={
            "guarantee": "s.kind", "is_safe": "s.is_safe",
            "is_late": "s.superseded_at IS NOT DISTINCT FROM s.recorded_at",
        },
        words={"guarantee": Guarantee},
        before=_BEFORE,
        after="to_json(s.is_safe)",
        compare=_compared,
        scopes=("households:read",),
    ),
    Source(
        kinds=("status_claimed",),
        rows=f"guarantee_claim c WHERE c.household_id = {own()}",
        key=("c.household_id", "c.source", "c.version"),
        at="c.recorded_at",
        household="c.household_id",
        occurred_on="c.checked_on",
        link=_CLAIM_LINK,
        facts={
            "department": "c.department", "guarantee": "c.kind", "is_safe": "c.is_safe", "source": "c.source",
            "detail": "c.detail",
        },
        words={"department": Department, "guarantee": Guarantee, "detail": Words.model_validate},
        scopes=("households:read",),
    ),
    Source(
        kinds=("status_claim_withdrawn",),
        rows=f"guarantee_claim c WHERE c.household_id = {own()} AND c.withdrawn_at IS NOT NULL",
        key=("c.household_id", "c.source", "c.version"),
        at="c.withdrawn_at",
        household="c.household_id",
        link=_CLAIM_LINK,
        facts={"department": "c.department", "guarantee": "c.kind", "source": "c.source"},
        words={"department": Department, "guarantee": Guarantee},
        scopes=("households:read",),
    ),
)  # fmt: skip
