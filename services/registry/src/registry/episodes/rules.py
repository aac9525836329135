"""Whether a step may be taken: its date, who took it, what it puts on file, what must have happened before. Pure."""

from __future__ import annotations

from datetime import date

from contracts.errors import FieldError
from registry.episodes.situation import Move, Situation, refusal
from registry.episodes.steps import STEPS, is_return, record_of


def refusals(situation: Situation, move: Move, today: date) -> list[FieldError]:
    """Give everything that stands against a legal step; empty when it may be taken."""
    found = [*_dates(situation, move, today), *_actors(situation, move), *_record(situation, move)]
    check = STEPS[move.to].check
    if check is not None and not is_return(situation.state, move.to):
        found += check(situation, move)
    return found


def _dates(situation: Situation, move: Move, today: date) -> list[FieldError]:
    if move.occurred_on > today:
        return [refusal("occurred_on.future", "/occurred_on")]
    if situation.steps and move.occurred_on < situation.steps[-1].occurred_on:
        return [refusal("occurred_on.order", "/occurred_on")]
    return []


def _actors(situation: Situation, move: Move) -> list[FieldError]:
    step = STEPS[move.to]
    actors = {actor for actor in move.actors if actor.strip()}
    if not actors:
        return [refusal("actors.missing", "/actors")]
    least = situation.policy.whole("alerts.verifiers_min")
    if step.is_visit and len(actors) < least:
        return [refusal("actors.too_few", "/actors", least=least)]
    barred = {actor for taken in situation.steps if taken.state in step.not_by for actor in taken.actors}
    if actors & barred and not is_return(situation.state, move.to):
        return [refusal("actors.separation_of_duty", "/actors")]
    return []


def _record(situation: Situation, move: Move) -> list[FieldError]:
    return [
        refusal("record.missing", f"/record/{entry.name}", zh=entry.zh, en=entry.en)
        for entry in record_of(situation.state, move.to)
        if move.record.get(entry.name) in (None, "", [], {})
    ]
