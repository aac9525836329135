"""Every step of the table, every fact that it demands: missing, of another type, too late, by the same client."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.parameters import NATION, resolve
from contracts.vocabulary import Capped, HouseholdType, LabourLevel, RiskType
from contracts.vocabulary import EpisodeState as S
from registry.episodes import rules
from registry.episodes.situation import Move, Situation, Taken
from registry.episodes.steps import APPROVE, AUDIT, STEPS, capped_as, is_return, legal_next, part_of
from step_records import SCAN, record_for

TODAY = date(2026, 11, 21)
LONG_AGO = date(2026, 11, 1)
POLICY = resolve([], NATION, TODAY)
EDGES = [(state, to) for to in STEPS for state in S if to in legal_next(state)]
WITH_FACTS = [(state, to) for state, to in EDGES if part_of(state, to).record]
NAMES = "{0[0]}-{0[1]}".format


def history(state: S, to: S) -> tuple[Taken, ...]:
    """What came before: everything that a step could ask for, the state itself last."""
    came_by = next((before for before in S if state in legal_next(before) and not is_return(before, state)), S.APPLIED)
    exit_ = {"exit": record_for(S.MONITORED, S.EXIT_PROPOSED, LONG_AGO)["exit"] | {"to": str(to)}}
    asked = (S.APPLIED, S.VISITED, S.COMPARED, S.REVIEWED, S.PUBLICISED, S.ELIM_PUBLICISED, S.ELIMINATED)
    taken = [
        Taken(other, LONG_AGO, (f"{other}-1",), {}, S.APPLIED, f"client-{other}", LONG_AGO)
        for other in (*asked, *(S.LOOKED_BACK,) * 4)
        if other is not state or other is S.LOOKED_BACK
    ]
    taken = [
        replace(one, record=record_for(S.ELIMINATED, one.state, LONG_AGO)) if one.state is S.LOOKED_BACK else one
        for one in taken
    ]
    consent = record_for(S.APPLIED, S.VISITED, LONG_AGO)
    taken = [replace(one, record=consent) if one.state is S.VISITED else one for one in taken]
    last = record_for(came_by, state, LONG_AGO) if state in legal_next(came_by) else {}
    last = exit_ if state is S.EXIT_PROPOSED else last
    came_from = to if state is S.EXIT_PROPOSED and is_return(state, to) else came_by
    gap = POLICY.whole("episodes.lookback_gap_days") if to is S.LOOKED_BACK else 0
    on = min(LONG_AGO, TODAY - timedelta(days=gap))
    return (*taken, Taken(state, on, (f"{state}-1",), last, came_from, f"client-{state}", on))


def case(state: S, to: S) -> Situation:
    steps = history(state, to)
    if to is S.STABLE:
        steps = tuple(
            replace(step, occurred_on=date(2025, 11, 1)) if step.state is S.ELIMINATED else step for step in steps
        )
    return Situation(
        state=state,
        found_on=LONG_AGO,
        identified_on=date(2026, 1, 10),
        risk_types=(RiskType.ILLNESS,),
        hh_type=HouseholdType.FORMER_POOR,
        labour=(LabourLevel.ORDINARY,),
        steps=steps,
        policy=POLICY,
        per_capita_net=Decimal(9000),
        statuses=dict.fromkeys(("education", "medical", "housing", "water"), True),
        has_plan=True,
        has_measure=True,
        development_on=LONG_AGO,
        answered=frozenset({RiskType.ILLNESS}),
        kept={hashlib.sha256(SCAN).hexdigest()},
    )


def good(state: S, to: S) -> Move:
    actors = ("v-1", "v-2") if to is S.LOOKED_BACK else ("new-1", "new-2")  # who was there, as the record says
    return Move(to, TODAY, actors, record_for(state, to, TODAY), "another", TODAY)


def errors(state: S, move: Move) -> set[tuple[str, str]]:
    return {(refusal.code, refusal.pointer) for refusal in rules.refusals(case(state, move.to), move)}


@pytest.mark.parametrize("edge", EDGES, ids=NAMES)
def test_a_step_with_all_its_facts_is_taken(edge: tuple[S, S]) -> None:
    """Without this the refusals below would show nothing."""
    assert errors(edge[0], good(*edge)) == set()


@pytest.mark.parametrize("edge", WITH_FACTS, ids=NAMES)
def test_a_fact_that_is_missing_or_of_another_type_is_refused_with_what_to_send(edge: tuple[S, S]) -> None:
    state, to = edge
    move = good(state, to)
    for entry in part_of(state, to).record:
        pointer = f"/record/{entry.name}"
        for absent in ({}, {entry.name: None}, {entry.name: ""}, {entry.name: {}}):
            record = {name: value for name, value in move.record.items() if name != entry.name} | absent
            found = errors(state, replace(move, record=record))
            assert (("record.missing", pointer) in found) is entry.is_required, entry.name
        for wrong in (3, True, "lies", ".", ["x"], [[]], {"x": 1}, 0.5):
            if type(wrong) is type(entry.example) and entry.example == "staff-0101":
                continue
            refusals = rules.refusals(case(state, to), replace(move, record=move.record | {entry.name: wrong}))
            about = [one for one in refusals if one.pointer.startswith(pointer)]
            if wrong == "lies" and isinstance(entry.example, str) and len(entry.example) > 2 and entry.name != "mode":
                continue  # four characters are a reason
            assert about, (entry.name, wrong)
            assert {one.code for one in about} == {"record.invalid"}, (entry.name, wrong)
            assert all(entry.told in one.detail for one in about), "it says what to send"
    unknown = replace(move, record=move.record | {"lookbacks": 3, "case_id": "abc"})
    assert {("record.unknown", "/record/lookbacks"), ("record.unknown", "/record/case_id")} <= errors(state, unknown)


@dataclass(frozen=True)
class Leaf:
    """A place within a fact."""

    name: str
    path: tuple[str | int, ...]
    value: Any

    @property
    def pointer(self) -> str:
        return "/".join(["/record", self.name, *(str(part) for part in self.path)])


def leaves(name: str, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(name, item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(name, item, (*path, place))
    elif path:
        yield Leaf(name, path, value)


def changed(record: dict[str, Any], leaf: Leaf, value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(record)
    place = copied[leaf.name]
    for part in leaf.path[:-1]:
        place = place[part]
    place[leaf.path[-1]] = value
    return copied


@pytest.mark.parametrize("edge", WITH_FACTS, ids=NAMES)
def test_each_part_of_a_fact_is_of_its_type_and_no_day_lies_after_the_step(edge: tuple[S, S]) -> None:
    move = good(*edge)
    seen = 0
    for leaf in (leaf for name, value in move.record.items() for leaf in leaves(name, value)):
        seen += 1
        for wrong in ({"a": 1}, [1], 1.5, None):
            if wrong is None and leaf.path[-1] in ("client_id", "per_capita_net", "told_on"):
                continue  # a source of another kind may take its place, nobody may have told
            codes = {
                code
                for code, at in errors(edge[0], replace(move, record=changed(dict(move.record), leaf, wrong)))
                if at.startswith(f"/record/{leaf.name}")
            }
            assert "record.invalid" in codes, (leaf, wrong)
        if isinstance(leaf.value, str) and leaf.value == TODAY.isoformat():
            for wrong in (20261121, "21.11.2026", "2026-11-21T10:00:00Z", "not even a date"):
                assert ("record.invalid", leaf.pointer) in errors(
                    edge[0], replace(move, record=changed(dict(move.record), leaf, wrong))
                )
            later = changed(dict(move.record), leaf, (TODAY + timedelta(days=1)).isoformat())
            assert ("record.later", leaf.pointer) in errors(edge[0], replace(move, record=later))
        if str(leaf.path[-1]).endswith("sha256") or {"photos_sha256", "evidence_sha256"} & set(leaf.path):
            for wrong in ("lies", "A" * 64, "0" * 63):
                assert ("record.invalid", leaf.pointer) in errors(
                    edge[0], replace(move, record=changed(dict(move.record), leaf, wrong))
                )
            strange = changed(dict(move.record), leaf, "0" * 64)
            assert ("attachment.unknown", leaf.pointer) in errors(edge[0], replace(move, record=strange))
    assert (
        seen
        or all(not isinstance(value, dict | list) or not value for value in move.record.values())
        or edge[1] is S.COUNTY_APPROVED
    )


@pytest.mark.parametrize("edge", EDGES, ids=NAMES)
def test_a_step_that_others_must_take_is_refused_to_their_clients_and_persons(edge: tuple[S, S]) -> None:
    state, to = edge
    not_by = part_of(state, to).not_by
    steps = case(state, to).steps
    for taken in (step for step in steps if step.state in not_by):
        move = good(state, to)
        assert ("client.separation_of_duty", "") in errors(state, replace(move, client_id=taken.client_id))
        assert ("actors.separation_of_duty", "/actors") in errors(state, replace(move, actors=(*taken.actors, "new-2")))


@pytest.mark.parametrize("edge", EDGES, ids=NAMES)
def test_no_step_is_in_the_future_before_the_one_before_or_recorded_after_months(edge: tuple[S, S]) -> None:
    state, to = edge
    move = good(state, to)
    assert ("occurred_on.future", "/occurred_on") in errors(state, replace(move, occurred_on=TODAY + timedelta(days=1)))
    before = case(state, to).steps[-1].occurred_on - timedelta(days=1)
    assert ("occurred_on.order", "/occurred_on") in errors(state, replace(move, occurred_on=before))
    late = replace(move, recorded_on=TODAY + timedelta(days=31))
    assert ("occurred_on.backdated", "/occurred_on") in errors(state, late)


@pytest.mark.parametrize("edge", [edge for edge in EDGES if capped_as(*edge) is Capped.ENDINGS], ids=NAMES)
def test_protection_ends_by_an_audit_or_approval_of_another_client_on_evidence(edge: tuple[S, S]) -> None:
    """Whoever proposes an exit cannot carry it out, and somebody has put evidence on file."""
    state, to = edge
    part = part_of(state, to)
    assert part.scope in (AUDIT, APPROVE)
    assert {S.EXIT_PROPOSED, S.ELIM_PROPOSED} & set(part.not_by)
    assert part.record
    way = [other for other in S if other in part.not_by and other in (S.EXIT_PROPOSED, S.ELIM_PROPOSED)]
    assert all(STEPS[proposal].monitors and STEPS[proposal].record for proposal in way)


def test_every_step_that_judges_names_whose_steps_it_may_not_follow() -> None:
    judging = [step.to for step in STEPS.values() if step.scope != "episodes:write" and S.APPLIED not in step.after]
    free = [state for state in judging if not STEPS[state].not_by]
    assert set(free) <= {S.ANNOUNCED}, "announcing tells a decision, it makes none"


@pytest.mark.parametrize("edge", [edge for edge in EDGES if capped_as(*edge) is Capped.REFUSALS], ids=NAMES)
def test_who_is_turned_away_before_monitoring_is_turned_away_in_writing_by_who_audits(edge: tuple[S, S]) -> None:
    state, to = edge
    part = part_of(state, to)
    assert (part.scope in (AUDIT, APPROVE), bool(part.record)) == (True, True)
