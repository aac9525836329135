"""What is told of a clue. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.clues.folding import FoldedClue
from contracts.alerts import ClueMoved
from contracts.vocabulary import Channel, ClueState, RiskType, Severity


# Any: a folded clue or a stored one; what is read of them bears the same names.
def clue_moved(clue: Any, to: ClueState, previous: ClueState, version: int, finding_ids: Sequence[str]) -> ClueMoved:
    """Give the event of a clue that reaches a state, with the version that it then has."""
    return ClueMoved(
        clue_id=clue.id,
        household_id=clue.household_id,
        area_code=clue.area_code,
        state=to,
        previous_state=previous,
        version=version,
        risk_type=RiskType(clue.risk_type),
        severity=Severity(clue.severity),
        channels=[Channel(channel) for channel in clue.channels],
        rule_ids=clue.rule_ids,
        finding_ids=list(finding_ids),
        due_at=clue.due_at,
        visited_on=clue.visited_on,
        ground_gone_at=clue.ground_gone_at,
        closed_because=clue.closed_because,
    )


def moved_by_folding(clue: FoldedClue) -> ClueMoved | None:
    """Give the event of a folded clue; None when nobody has to be told.

    A new clue left NEW at once; further findings on an existing case are told so that they reach the case.
    """
    if clue.before is not None and not (clue.state is ClueState.EXISTING_CASE and clue.added):
        return None
    previous = ClueState.NEW if clue.before is None else clue.state
    added = [source.finding_id for source in clue.added if source.finding_id]
    return clue_moved(clue, clue.state, previous, clue.version, added)
