"""What a household's file tells of the policy that departments owe it."""

from __future__ import annotations

from contracts.vocabulary import Department, GapResult, GapState
from servicekit.differences import state_differs
from servicekit.entries import OF_DEPARTMENT, Source, own

TIMELINE = (
    Source(
        kinds=("policy_gap",),
        rows=(
            "policy_gap_step s JOIN policy_gap g ON g.id = s.gap_id JOIN clue c ON c.id = g.clue_id"
            f" WHERE c.household_id = {own('text')} AND {OF_DEPARTMENT.format(column='g.department')}"
        ),
        key=("s.gap_id", "s.version"),
        at="s.at",
        household="c.household_id",
        occurred_on="s.granted_on",
        by="s.by",
        link="'/v1/policy-gaps/' || g.id",
        facts={
            "department": "g.department", "state": "s.state", "result": "s.result", "person_id": "g.person_id",
            "due_on": "g.due_on",
        },
        words={"department": Department, "state": GapState, "result": GapResult},
        before=(
            "(SELECT to_json(b.state) FROM policy_gap_step b WHERE b.gap_id = s.gap_id AND b.version = s.version - 1)"
        ),
        after="to_json(s.state)",
        compare=state_differs("缺口状态", "state of the gap"),
        scopes=("duties:read",),
    ),
)  # fmt: skip
