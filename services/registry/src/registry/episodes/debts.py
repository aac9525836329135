"""The green channel (绿色通道): help first, the procedure after, and what of it is still owed. Pure.

Source: sudden disasters and accidents may be helped before the comparison, review, publicity, audit, approval and
announcement are through; who approved it and why is on file, and the missing steps stay due (domain rule 4.3).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from contracts.errors import FieldError
from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState, Labelled, RiskType
from registry.episodes.situation import refusal
from registry.episodes.steps import STEPS, legal_next

S = EpisodeState
SUDDEN: Final = (RiskType.DISASTER, RiskType.ACCIDENT)
"""Risks that come of a sudden: only they are helped before the procedure."""


class ChannelDecision(Labelled):
    """What a second person decided about the green channel (绿色通道审批意见)."""

    APPROVED = "approved", "同意", "approved"
    REFUSED = "refused", "不同意", "refused"


Phase = Literal["asked", "refused", "open", "settled", "ended"]
"""`asked`: a second person has to decide; `open`: helped, with debts; `settled`: the household is monitored, nothing is
owed; `ended`: the episode ended otherwise, with its written reason, and what was given stays on file."""


@dataclass(frozen=True)
class Debt:
    """A step that is owed: it is taken by `due_on` if the identification is to be in time."""

    state: EpisodeState
    due_on: date | None


def faults(state: EpisodeState, risks: Collection[str], *, is_active: bool, was_visited: bool) -> list[FieldError]:
    """Give what stands against the green channel: no sudden risk, no visit yet, nothing that could be put off."""
    found: list[FieldError] = []
    if not is_active or STEPS[state].monitors:
        found.append(refusal("green_channel.over"))
    if not any(risk in risks for risk in SUDDEN):
        found.append(refusal("green_channel.risk"))
    if not was_visited:
        found.append(refusal("visit.missing"))
    return found


def ahead(state: EpisodeState) -> Sequence[EpisodeState]:
    """Give the steps that lie between a state and the entry in the register, that included, by the shortest way."""
    ways: deque[tuple[EpisodeState, ...]] = deque([(state,)])
    seen = {state}
    while ways:
        way = ways.popleft()
        if way[-1] is S.MONITORED:
            return way[1:]
        for to in legal_next(way[-1]):
            if to not in seen and not STEPS[to].ends:
                seen.add(to)
                ways.append((*way, to))
    return ()


def debts_of(state: EpisodeState, due_on: date | None, policy: Profile) -> list[Debt]:
    """Give what is owed in a state, in order.

    Args:
        due_on: By when the identification is to be complete (D05, its pauses counted); None while nobody can say. What
            comes before the notice is due earlier by the days that the notice is up.
    """
    owed = [to for to in ahead(state) if STEPS[to].may_wait]
    notice = timedelta(days=policy.whole("clock.publicity_days") + 1)
    last = owed.index(S.PUBLICISED) if S.PUBLICISED in owed else -1
    return [Debt(to, due_on - notice if due_on and place <= last else due_on) for place, to in enumerate(owed)]


def phase_of(decision: str | None, *, is_active: bool, is_identified: bool) -> Phase:
    """Tell how far a request is, from what was decided and what became of its episode."""
    if decision == ChannelDecision.REFUSED:
        return "refused"
    if is_identified and decision == ChannelDecision.APPROVED:
        return "settled"
    if not is_active:
        return "ended"
    return "open" if decision == ChannelDecision.APPROVED else "asked"
