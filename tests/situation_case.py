"""What the tables of episodes are judged on: a situation, a move, and the codes of what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

from contracts.parameters import NATION, resolve
from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import HouseholdType, LabourLevel, RiskType
from registry.episodes import rules
from registry.episodes.situation import Move, Situation
from step_records import SCAN

POLICY = resolve([], NATION, date(2026, 11, 21))
TODAY = date(2026, 11, 21)
KEPT = {hashlib.sha256(SCAN).hexdigest()}


def situation(state: S, **changes: Any) -> Situation:
    return replace(
        Situation(
            state=state,
            found_on=date(2026, 11, 1),
            identified_on=date(2026, 1, 10),
            risk_types=(RiskType.ILLNESS,),
            hh_type=HouseholdType.FORMER_POOR,
            labour=(LabourLevel.ORDINARY,),
            steps=(),
            policy=POLICY,
            kept=KEPT,
        ),
        **changes,
    )


def move(to: S, *actors: str, on: date = TODAY, record: dict[str, Any] | None = None, **more: Any) -> Move:
    return Move(to, on, actors or ("someone", "else"), record or {}, **{"client_id": "c", "recorded_on": TODAY} | more)


def codes(case: Situation, move: Move) -> set[str]:
    return {refusal.code for refusal in rules.refusals(case, move)}
