"""What a household's file tells of its registration and its record."""

from __future__ import annotations

from contracts.parameters import Words
from registry.households import differences
from registry.households.snapshot import AFTER
from servicekit.entries import Source, own

_READ = ("households:read",)
_TOLD_THEMSELVES = "('income', 'statuses', 'renumbered', 'person corrected')"
"""Causes of which the incomes, the statuses and the changes of identity tell; so do the steps of episodes."""

CAUSES = {
    "patch": Words(zh="人工登记", en="by hand"),
    "import": Words(zh="批量导入", en="import"),
    "area": Words(zh="区划调整", en="change of areas"),
    "split": Words(zh="分户", en="split"),
    "households merged": Words(zh="并户", en="households merged"),
    "transferred": Words(zh="成员转入另一户", en="members went to another household"),
    "persons merged": Words(zh="人员记录合并", en="records of a person merged"),
    "risk attached": Words(zh="监测风险并入", en="a risk joined the case"),
}

_IDENTITY = (
    f"identity_change c WHERE c.id IN (SELECT id FROM identity_change WHERE household_id = {own()}"
    f" UNION SELECT id FROM identity_change WHERE other_id = {own()})"
)

TIMELINE = (
    Source(
        kinds=("household_registered",),
        rows=f"household h WHERE h.id = {own()}",
        key=("h.id",),
        at="h.created_at",
        household="h.id",
        link="'/v1/households/' || h.id",
        scopes=_READ,
    ),
    Source(
        kinds=("household_changed",),
        rows=(
            f"household_history r WHERE r.household_id = {own()} AND r.cause NOT IN {_TOLD_THEMSELVES}"
            " AND r.cause NOT LIKE 'episode %'"
        ),
        key=("r.household_id", "r.version"),
        at="r.replaced_at",
        household="r.household_id",
        by="r.replaced_by",
        link="'/v1/households/' || r.household_id || '/history'",
        facts={"cause": "r.cause"},
        words={"cause": CAUSES.__getitem__},
        before="r.snapshot",
        after=AFTER,
        compare=differences.of_record,
        scopes=_READ,
    ),
    Source(
        kinds=(
            "household_renumbered", "household_merged", "household_split", "person_moved", "person_corrected",
            "person_merged",
        ),
        kind="c.kind",
        rows=_IDENTITY,
        key=("c.id",),
        at="c.recorded_at",
        household="c.household_id",
        occurred_on="c.occurred_on",
        by="c.recorded_by",
        why="c.reason",
        link="'/v1/households/' || c.household_id || '/identity-changes'",
        facts={
            "person_id": "c.person_id", "other_id": "c.other_id",
            "before": "CASE WHEN c.kind LIKE 'household%' THEN c.before END",
            "after": "CASE WHEN c.kind LIKE 'household%' THEN c.after END",
        },
        scopes=_READ,
    ),
)  # fmt: skip
