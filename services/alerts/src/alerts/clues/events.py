"""What folding tells of a clue. Pure."""

from __future__ import annotations

from alerts.clues.folding import FoldedClue
from contracts.alerts import ClueMoved
from contracts.vocabulary import Channel, ClueState, RiskType


def moved_by_folding(clue: FoldedClue) -> ClueMoved | None:
    """Give the event of a folded clue; None when nobody has to be told.

    A new clue left NEW at once; further findings on an existing case are told so that they reach the case.
    """
    if clue.before is not None and not (clue.state is ClueState.EXISTING_CASE and clue.added):
        return None
    return ClueMoved(
        clue_id=clue.id,
        household_id=clue.household_id,
        area_code=clue.area_code,
        state=clue.state,
        previous_state=ClueState.NEW if clue.before is None else clue.state,
        version=clue.version,
        risk_type=RiskType(clue.risk_type),
        severity=clue.severity,
        channels=[Channel(channel) for channel in clue.channels],
        rule_ids=clue.rule_ids,
        finding_ids=[source.finding_id for source in clue.added if source.finding_id],
        due_at=clue.due_at,
    )
