"""Whether a step may be taken: its date, who took it, what it puts on file, what must have happened before. Pure."""

from __future__ import annotations

from datetime import date

from registry.episodes.situation import Move, Refusal, Situation
from registry.episodes.steps import STEPS, is_return, record_of


def refusals(situation: Situation, move: Move, today: date) -> list[Refusal]:
    """Give everything that stands against a legal step; empty when it may be taken."""
    found = [*_dates(situation, move, today), *_actors(situation, move), *_record(situation, move)]
    check = STEPS[move.to].check
    if check is not None and not is_return(situation.state, move.to):
        found += check(situation, move)
    return found


def _dates(situation: Situation, move: Move, today: date) -> list[Refusal]:
    if move.occurred_on > today:
        return [Refusal("occurred_on.future", "日期在将来 / the date is in the future", "/occurred_on")]
    if situation.steps and move.occurred_on < situation.steps[-1].occurred_on:
        message = "早于上一环节的日期 / before the date of the previous step"
        return [Refusal("occurred_on.order", message, "/occurred_on")]
    return []


def _actors(situation: Situation, move: Move) -> list[Refusal]:
    step = STEPS[move.to]
    actors = {actor for actor in move.actors if actor.strip()}
    if not actors:
        return [Refusal("actors.missing", "须写明经办人 / name who took the step", "/actors")]
    if step.is_visit and len(actors) < situation.verifiers_min:
        least = situation.verifiers_min
        return [Refusal("actors.too_few", f"入户须至少{least}人 / a visit needs {least} persons", "/actors")]
    barred = {actor for taken in situation.steps if taken.state in step.not_by for actor in taken.actors}
    if actors & barred and not is_return(situation.state, move.to):
        message = "核实、评议人员不得审核或审定同一户 / who verified a case may not audit or approve it"
        return [Refusal("actors.separation_of_duty", message, "/actors")]
    return []


def _record(situation: Situation, move: Move) -> list[Refusal]:
    return [
        Refusal("record.missing", f"record 缺少{entry.zh} / the record lacks {entry.en}", f"/record/{entry.name}")
        for entry in record_of(situation.state, move.to)
        if move.record.get(entry.name) in (None, "", [], {})
    ]
