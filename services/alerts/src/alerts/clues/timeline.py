"""What a household's file tells of its clues."""

from __future__ import annotations

from contracts.vocabulary import AlertKind, Channel, ClueState, ExclusionReason, RiskType, Severity
from servicekit.entries import Source, own

_READ = ("clues:read",)
_OF_CLUE = "JOIN clue c ON c.id = {0}.clue_id WHERE c.household_id = " + own("text")
_LINK = "'/v1/clues/' || c.id"

TIMELINE = (
    Source(
        kinds=("clue_raised",),
        rows=f"clue c WHERE c.household_id = {own('text')}",
        key=("c.id",),
        at="c.raised_at",
        household="c.household_id",
        link=_LINK,
        facts={"risk_type": "c.risk_type", "channels": "c.channels", "rule_ids": "c.rule_ids"},
        words={"risk_type": RiskType, "channels": Channel},
        scopes=_READ,
    ),
    # What findings say is told with them.
    Source(
        kinds=("clue_reported",),
        rows=f"clue_source s {_OF_CLUE.format('s')} AND s.channel <> '{Channel.DEPARTMENT}'",
        key=("s.id",),
        at="s.found_at",
        household="c.household_id",
        occurred_on="s.occurred_on",
        by="s.reported_by",
        persons="s.visitors",
        link=_LINK,
        facts={"channel": "s.channel", "risk_type": "c.risk_type"},
        words={"channel": Channel, "risk_type": RiskType},
        scopes=_READ,
    ),
    # That it was raised is told by the clue.
    Source(
        kinds=("clue_announced",),
        rows=f"alert a {_OF_CLUE.format('a')} AND a.kind <> '{AlertKind.RAISED}'",
        key=("a.event_id",),
        at="a.published_at",
        household="c.household_id",
        link=_LINK,
        facts={
            "alert": "a.kind", "risk_type": "a.risk_type", "severity": "a.severity", "state": "a.data ->> 'state'",
            "due_at": "a.data ->> 'due_at'",
        },
        words={"alert": AlertKind, "risk_type": RiskType, "severity": Severity, "state": ClueState},
        scopes=_READ,
    ),
    Source(
        kinds=("clue_verified",),
        rows=f"verification v {_OF_CLUE.format('v')}",
        key=("v.id",),
        at="v.recorded_at",
        household="c.household_id",
        occurred_on="v.visited_on",
        by="v.recorded_by",
        persons="v.verifiers",
        link=_LINK,
        facts={"result": "v.result", "reason": "v.reason", "is_late": "v.is_late"},
        words={"result": ClueState, "reason": ExclusionReason},
        scopes=_READ,
    ),
    Source(
        kinds=("exclusion_decided",),
        rows=f"exclusion_decision x {_OF_CLUE.format('x')}",
        key=("x.verification_id",),
        at="x.decided_at",
        household="c.household_id",
        by="x.decided_by",
        link=_LINK,
        facts={"agrees": "x.agrees"},
        scopes=_READ,
    ),
)  # fmt: skip
