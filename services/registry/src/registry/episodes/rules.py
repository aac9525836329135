"""Whether a step may be taken: its date, who took it, what it puts on file, what must have happened before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta

from contracts.errors import FieldError
from contracts.parameters import Profile
from contracts.staff import VISITORS
from contracts.vocabulary import EpisodeState
from registry.episodes import records
from registry.episodes.situation import Move, Situation, Taken, refusal
from registry.episodes.steps import STEPS, is_return, part_of
from servicekit import persons


def read(situation: Situation, move: Move) -> tuple[Move, list[FieldError]]:
    """Give the move with the facts of its record, and what is wrong with them."""
    read_, found = records.read(part_of(situation.state, move.to).record, move.record)
    found += [refusal("record.later", pointer) for pointer, day in records.days_of(read_) if day > move.occurred_on]
    found += [
        refusal("attachment.unknown", pointer)
        for pointer, sha256 in records.hashes_of(read_)
        if sha256 not in situation.kept
    ]
    return replace(move, facts=read_), found


def hashes(state: EpisodeState, move: Move) -> list[str]:
    """Give the photos and scans that a step names."""
    read_, _ = records.read(part_of(state, move.to).record, move.record)
    return [sha256 for _, sha256 in records.hashes_of(read_)]


def refusals(situation: Situation, move: Move) -> list[FieldError]:
    """Give everything that stands against a legal step; empty when it may be taken."""
    move, unread = read(situation, move)
    found = [*_dates(situation, move), *_actors(situation, move), *unread]
    check = part_of(situation.state, move.to).check
    return found + (check(situation, move) if check is not None else [])


def appeal_faults(appealed_on: date, refused_on: date, today: date, policy: Profile) -> list[FieldError]:
    """Give what is wrong with the day of an appeal: in the future, before the refusal, told too late."""
    days = policy.whole("episodes.backdating_days")
    earliest = today - timedelta(days=days)
    if appealed_on > today:
        return [refusal("occurred_on.future", "/appealed_on")]
    if appealed_on < refused_on:
        return [refusal("occurred_on.order", "/appealed_on")]
    if appealed_on < earliest:
        return [refusal("occurred_on.backdated", "/appealed_on", earliest=earliest, days=days)]
    return []


def _dates(situation: Situation, move: Move) -> list[FieldError]:
    if move.occurred_on > move.recorded_on:
        return [refusal("occurred_on.future", "/occurred_on")]
    if situation.steps and move.occurred_on < situation.steps[-1].occurred_on:
        return [refusal("occurred_on.order", "/occurred_on")]
    days = situation.policy.whole("episodes.backdating_days")
    earliest = move.recorded_on - timedelta(days=days)
    if move.occurred_on < earliest:
        return [refusal("occurred_on.backdated", "/occurred_on", earliest=earliest, days=days)]
    return []


def _actors(situation: Situation, move: Move) -> list[FieldError]:
    actors = {persons.one_form(actor) for actor in move.actors if actor.strip()}
    if not actors:
        return [refusal("actors.missing", "/actors")]
    least = situation.policy.whole("alerts.verifiers_min")
    if STEPS[move.to].is_visit and not is_return(situation.state, move.to) and len(actors) < least:
        return [refusal("actors.too_few", "/actors", least=least)]
    return _people(situation, move) or [
        *_barred(situation, move, "actors", "/actors", lambda taken: _took(taken, actors)),
        *_barred(situation, move, "client", "", lambda taken: taken.client_id == move.client_id),
    ]


def _people(situation: Situation, move: Move) -> list[FieldError]:
    """Refuse whom a person names though nobody on the roster may stand there; a machine's names are its own.

    The signed-in person must be in office today, whichever day the step is told of.
    """
    if not persons.is_person(move.client_id):
        return []
    signed_in = situation.people.get(persons.staff_id_of(move.client_id) or "")
    fault = persons.why_not(signed_in, persons.Place(situation.area_code, move.recorded_on, situation.grid))
    place = persons.Place(situation.area_code, move.occurred_on, situation.grid)
    roles = VISITORS if STEPS[move.to].is_visit else None
    others = persons.faults(move.actors, situation.people, place, "/actors", but=(move.client_id,), roles=roles)
    contact = move.facts.get("contact")
    if isinstance(contact, str):
        known = situation.people.get(persons.staff_id_of(contact) or "")
        others += [bad for bad in (persons.why_not(known, place, "/record/contact"),) if bad]
    return ([fault] if fault else []) + others


def _took(taken: Taken, actors: Collection[str]) -> bool:
    return any(persons.one_form(actor) in actors for actor in taken.actors)


def _barred(
    situation: Situation, move: Move, who: str, pointer: str, is_same: Callable[[Taken], bool]
) -> list[FieldError]:
    """Refuse whoever took a step that the same may not have taken; a return is a decision of its own, no such step."""
    not_by = part_of(situation.state, move.to).not_by
    for taken in situation.steps:
        came_back = taken.previous is not None and is_return(taken.previous, taken.state)
        if taken.state in not_by and not came_back and is_same(taken):
            titles = {"zh": taken.state.label, "en": taken.state.english}
            return [refusal(f"{who}.separation_of_duty", pointer, **titles)]
    return []
