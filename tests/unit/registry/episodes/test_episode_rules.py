"""The state machine of episodes as tables, with no database."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import LabourLevel, RiskType
from registry.episodes import facts, preconditions, records, rules
from registry.episodes.preconditions import decided
from registry.episodes.situation import Situation, Taken
from registry.episodes.steps import APPROVE, AUDIT, STEPS, WRITE, Step, is_return, legal_next, part_of
from registry.episodes.texts import REFUSALS
from situation_case import POLICY, TODAY, codes, move, situation
from step_records import record_for

LEGAL = """
APPLIED->VISITED COMPARED WITHDRAWN
VISITED->COMPARED REJECTED
COMPARED->REVIEWED VISITED REJECTED
REVIEWED->PUBLICISED REJECTED
PUBLICISED->TOWN_AUDITED OBJECTED
OBJECTED->REVIEWED REJECTED
TOWN_AUDITED->COUNTY_APPROVED VISITED REJECTED
COUNTY_APPROVED->ANNOUNCED TOWN_AUDITED REJECTED
ANNOUNCED->MONITORED
MONITORED->PLANNED EXIT_PROPOSED
PLANNED->ASSISTING EXIT_PROPOSED
ASSISTING->ELIM_PROPOSED EXIT_PROPOSED
EXIT_PROPOSED->ENDED_NATURAL CORRECTED MONITORED PLANNED ASSISTING
ELIM_PROPOSED->ELIM_VISITED ASSISTING
ELIM_VISITED->ELIM_REVIEWED ASSISTING
ELIM_REVIEWED->ELIM_PUBLICISED ASSISTING
ELIM_PUBLICISED->ELIM_TOWN ASSISTING
ELIM_TOWN->ELIM_COUNTY ASSISTING
ELIM_COUNTY->ELIMINATED ASSISTING
ELIMINATED->LOOKED_BACK ASSISTING
LOOKED_BACK->LOOKED_BACK STABLE ASSISTING
"""


def test_exactly_the_legal_transitions_exist_between_the_steps_of_the_procedure() -> None:
    """F-A02. A step that came later stands in the table only."""
    table = {
        S(left): {S(right) for right in rights.split()}
        for left, rights in (line.split("->") for line in LEGAL.split("\n") if line)
    }
    known = table.keys() | {state for follows in table.values() for state in follows}
    assert {state: follows for state in known if (follows := known & set(legal_next(state)))} == table


def test_every_state_has_its_row_and_is_reached() -> None:
    assert STEPS.keys() == set(S)
    reached = {to for state in S for to in legal_next(state)}
    assert set(S) - reached == {S.APPLIED}


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.to)
def test_a_row_agrees_with_itself(step: Step) -> None:
    assert not (step.ends and step.monitors), "an ended episode is not monitored"
    assert not (step.ends and step.deadline), "nothing is due of an ended episode"
    assert step.ends or legal_next(step.to), "only an ended episode has no next step"
    assert step.to.label
    assert step.to.english
    for state in S:
        if step.to in legal_next(state):
            assert part_of(state, step.to).scope in (WRITE, AUDIT, APPROVE)
            assert part_of(state, step.to) is (step.back if is_return(state, step.to) else step)


@pytest.mark.parametrize(
    ("state", "to", "scope"),
    [
        (S.APPLIED, S.VISITED, "episodes:write"),
        (S.PUBLICISED, S.TOWN_AUDITED, "episodes:audit"),
        (S.COUNTY_APPROVED, S.ANNOUNCED, "episodes:audit"),
        (S.ELIM_PUBLICISED, S.ELIM_TOWN, "episodes:audit"),
        (S.TOWN_AUDITED, S.COUNTY_APPROVED, "episodes:approve"),
        (S.ELIM_TOWN, S.ELIM_COUNTY, "episodes:approve"),
        (S.EXIT_PROPOSED, S.CORRECTED, "episodes:approve"),
        (S.EXIT_PROPOSED, S.ENDED_NATURAL, "episodes:audit"),
        (S.APPLIED, S.WITHDRAWN, "episodes:audit"),
        (S.LOOKED_BACK, S.STABLE, "episodes:audit"),
        (S.TOWN_AUDITED, S.VISITED, "episodes:approve"),
        (S.TOWN_AUDITED, S.REJECTED, "episodes:approve"),
        (S.COUNTY_APPROVED, S.TOWN_AUDITED, "episodes:approve"),
        (S.VISITED, S.REJECTED, "episodes:audit"),
        (S.ANNOUNCED, S.MONITORED, "episodes:write"),
    ],
)
def test_each_level_has_its_own_steps(state: S, to: S, scope: str) -> None:
    assert part_of(state, to).scope == scope


@pytest.mark.parametrize(
    ("closed_on", "is_refused"), [(date(2026, 11, 15), True), (date(2026, 11, 16), False), (date(2026, 11, 20), False)]
)
def test_publicity_lasts_five_full_days(closed_on: date, is_refused: bool) -> None:
    """Posted on the 10th: the 11th to the 15th are the five full days, the 16th is the first to close."""
    steps = (posted(date(2026, 11, 10)),)
    audit = move(S.TOWN_AUDITED, "t", on=closed_on, record={"opinion": "同意纳入"})
    assert ("publicity.too_short" in codes(situation(S.PUBLICISED, steps=steps), audit)) is is_refused


@pytest.mark.parametrize(
    ("recorded_on", "is_refused"),
    [(date(2026, 11, 21), True), (date(2026, 11, 17), True), (date(2026, 11, 16), False), (date(2026, 11, 10), False)],
)
def test_publicity_is_counted_by_our_own_clock_too(recorded_on: date, is_refused: bool) -> None:
    """Five days that were claimed in one second are none."""
    steps = (replace(posted(date(2026, 11, 10)), recorded_on=recorded_on),)
    audit = move(S.TOWN_AUDITED, "t", record={"opinion": "同意纳入"})
    assert codes(situation(S.PUBLICISED, steps=steps), audit) == ({"publicity.recorded"} if is_refused else set())


def test_a_notice_that_says_a_later_end_is_up_until_then() -> None:
    record = record_for(S.REVIEWED, S.PUBLICISED, date(2026, 11, 10))
    record["publicity"]["ends_on"] = "2026-11-20"
    steps = (replace(posted(date(2026, 11, 10)), record=record),)
    audit = move(S.TOWN_AUDITED, "t", record={"opinion": "同意纳入"})
    assert codes(situation(S.PUBLICISED, steps=steps), audit) == set()
    early = replace(audit, occurred_on=date(2026, 11, 20))
    assert codes(situation(S.PUBLICISED, steps=steps), early) == {"publicity.too_short"}


def posted(on: date) -> Taken:
    return Taken(S.PUBLICISED, on, ("v",), {"place": "村务公开栏"}, recorded_on=on)


def test_only_the_last_publicity_counts_after_an_objection() -> None:
    steps = (
        posted(date(2026, 11, 1)),
        Taken(S.OBJECTED, date(2026, 11, 8), ("v",)),
        posted(date(2026, 11, 18)),
    )
    audit = move(S.TOWN_AUDITED, "t", on=date(2026, 11, 20), record={"opinion": "同意纳入"})
    assert "publicity.too_short" in codes(situation(S.PUBLICISED, steps=steps), audit)


def test_review_needs_visit_and_comparison_also_in_parallel_mode() -> None:
    review = move(S.REVIEWED, "v", record=record_for(S.COMPARED, S.REVIEWED, TODAY))
    assert codes(situation(S.COMPARED, steps=(Taken(S.COMPARED, TODAY, ("m",)),)), review) == {"visit.missing"}
    both = (Taken(S.COMPARED, TODAY, ("m",)), Taken(S.VISITED, TODAY, ("a", "b")))
    assert codes(situation(S.COMPARED, steps=both), review) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"members": 30, "present": 19, "votes_for": 19, "votes_against": 0}, "minutes.quorum"),
        ({"members": 30, "present": 20, "votes_for": 20, "votes_against": 0}, None),
        ({"present": 16, "votes_for": 8, "votes_against": 8}, "minutes.majority"),
        ({"present": 16, "votes_for": 9, "votes_against": 7}, None),
        ({"present": 16, "votes_for": 8, "votes_against": 7, "votes_abstained": 1}, "minutes.majority"),
        ({"present": 16, "votes_for": 15, "votes_against": 2}, "minutes.votes"),
        ({"present": 22}, "minutes.present"),
        ({"held_on": "2026-11-20"}, "minutes.early"),
    ],
)
def test_a_review_counts_with_its_quorum_and_majority(changes: dict[str, Any], code: str | None) -> None:
    """Organic Law of the Villagers' Committees, art. 26: two thirds present, more than half of them in favour."""
    record = record_for(S.COMPARED, S.REVIEWED, TODAY)
    record["minutes"] |= changes
    steps = (Taken(S.VISITED, TODAY, ("a", "b")), Taken(S.COMPARED, TODAY, ("m",)))
    assert codes(situation(S.COMPARED, steps=steps), move(S.REVIEWED, "v", record=record)) == (
        {code} if code else set()
    )


def test_a_comparison_needs_the_consent_that_covers_it() -> None:
    record = record_for(S.VISITED, S.COMPARED, TODAY)
    case = situation(S.VISITED)
    assert codes(case, move(S.COMPARED, "m", record=record)) == set()
    bare = {"results": record["results"]}
    assert codes(case, move(S.COMPARED, "m", record=bare)) == {"consent.missing"}
    signed = situation(S.VISITED, steps=(Taken(S.VISITED, TODAY, ("a", "b"), {"consent": record["consent"]}),))
    assert codes(signed, move(S.COMPARED, "m", record=bare)) == set()
    bank = {"results": [record["results"][0] | {"department": "BNK", "answers": []}]}
    assert codes(signed, move(S.COMPARED, "m", record=bank)) == set()
    narrow = record["consent"] | {"scope": ["vehicles"]}
    assert codes(case, move(S.COMPARED, "m", record=bank | {"consent": narrow})) == {"consent.scope"}
    asked = {"results": [bank["results"][0] | {"answers": [{"question": "HF-06", "answer": "CLEAR"}]}]}
    assert codes(case, move(S.COMPARED, "m", record=asked | {"consent": narrow})) == {"consent.scope"}
    short = record["consent"] | {"signed_on": "2026-11-01", "valid_until": "2026-11-20"}
    assert codes(case, move(S.COMPARED, "m", record=bank | {"consent": short})) == {"consent.dates"}
    gone = record["consent"] | {"valid_until": "2026-11-20"}
    assert codes(signed, move(S.COMPARED, "m", record=bank | {"consent": gone})) == {"consent.order"}
    member = "0199a5c0-0000-7000-8000-000000000001"
    of_one = bank | {"consent": record["consent"] | {"members": [member]}}
    assert codes(case, move(S.COMPARED, "m", record=of_one)) == {"consent.member"}
    assert codes(replace(case, members={member}), move(S.COMPARED, "m", record=of_one)) == set()
    twice = {"results": record["results"] * 2}
    assert codes(signed, move(S.COMPARED, "m", record=twice)) == {"results.duplicate"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"result": "hit", "hits": 0}, "results.contradiction"),
        ({"result": "clear", "hits": 2}, "results.contradiction"),
        ({"result": "hit", "hits": 1}, "results.unexplained"),
        ({"result": "hit", "hits": 1, "explanation": "车辆已报废注销"}, None),
        ({"client_id": None}, "results.source"),
        ({"delivery_id": "0199a5c0-0000-7000-8000-000000000001"}, "results.source"),
        ({"client_id": None, "delivery_id": "0199a5c0-0000-7000-8000-000000000001"}, None),
        ({"compared_on": "2026-11-22"}, "record.later"),
        ({"compared_on": 20261121}, "record.invalid"),
        ({"hits": True}, "record.invalid"),
        ({"department": "XXX"}, "record.invalid"),
        ({"by": "me"}, "record.invalid"),
        ({"compared_on": "2026-11-20"}, "consent.dates"),
        ({"answers": [{"question": "HF-99", "answer": "CLEAR"}]}, "answers.unknown"),
        ({"answers": [{"question": "HF-02", "answer": "CLEAR"}]}, "answers.department"),
        ({"answers": [{"question": "HF-01", "answer": "CLEAR"}] * 2}, "answers.duplicate"),
        ({"answers": [{"question": "HF-01", "answer": "NOT_AVAILABLE"}]}, "answers.unexplained"),
        ({"answers": [{"question": "HF-01", "answer": "NOT_AVAILABLE", "reason": "系统暂不可用"}]}, None),
        ({"answers": [{"question": "HF-01", "answer": "HIT_EXPLAINED", "reason": "安置房"}]}, "record.invalid"),
        (
            {"answers": [{"question": "HF-01", "answer": "HIT_EXPLAINED", "reason": "易地搬迁安置房"}]},
            "results.contradiction",
        ),
        (
            {
                "result": "hit",
                "hits": 1,
                "answers": [{"question": "HF-01", "answer": "HIT_CONFIRMED", "reason": "县城有商品房一套"}],
            },
            None,
        ),
    ],
)
def test_each_departments_result_agrees_with_itself(changes: dict[str, Any], code: str | None) -> None:
    record = record_for(S.VISITED, S.COMPARED, TODAY)
    record["results"][0] |= changes
    assert codes(situation(S.VISITED), move(S.COMPARED, "m", record=record)) == ({code} if code else set())


def test_whoever_raised_an_objection_is_told_what_became_of_it() -> None:
    record = record_for(S.OBJECTED, S.REVIEWED, TODAY)
    untold = record | {"finding": record["finding"] | {"told_on": None}}
    for by, code in (("villager", "finding.untold"), ("organisation", "finding.untold"), ("anonymous", None)):
        raised = record_for(S.PUBLICISED, S.OBJECTED, TODAY)
        raised["objection"]["by"] = by
        case = situation(S.OBJECTED, steps=(Taken(S.OBJECTED, TODAY, ("v",), raised),))
        assert codes(case, move(S.REVIEWED, "v", record=record)) == set()
        assert codes(case, move(S.REVIEWED, "v", record=untold)) == ({code} if code else set()), by


def test_a_step_is_recorded_within_days() -> None:
    visit = move(S.VISITED, "a", "b", on=date(2026, 10, 22))
    assert codes(situation(S.APPLIED), visit) == set()
    assert codes(situation(S.APPLIED), replace(visit, occurred_on=date(2026, 10, 21))) == {"occurred_on.backdated"}


def eliminable(**changes: Any) -> Situation:
    return situation(
        S.ASSISTING,
        per_capita_net=Decimal(9000),
        statuses=dict.fromkeys(("education", "medical", "housing", "water"), True),
        answered=frozenset({RiskType.ILLNESS}),
        development_on=date(2026, 6, 1),
        **changes,
    )


PROPOSAL = move(S.ELIM_PROPOSED, "v", record={"mode": "assistance"})


def test_elimination_needs_every_condition() -> None:
    """Domain rule 4.6."""
    assert codes(eliminable(), PROPOSAL) == set()
    assert codes(replace(eliminable(), per_capita_net=Decimal("8499.99")), PROPOSAL) == {"income.below_line"}
    assert codes(replace(eliminable(), per_capita_net=None), PROPOSAL) == {"income.below_line"}
    assert codes(replace(eliminable(), statuses={"education": True}), PROPOSAL) == {
        "status.medical",
        "status.housing",
        "status.water",
    }
    assert codes(replace(eliminable(), labour=(LabourLevel.NONE, LabourLevel.LOST)), PROPOSAL) == {"labour.none"}
    assert codes(replace(eliminable(), answered=frozenset()), PROPOSAL) == {"measure.missing"}
    assert codes(replace(eliminable(), has_measure=True, answered=frozenset()), PROPOSAL) == {"measure.missing"}
    early = replace(eliminable(), identified_on=date(2026, 5, 22))
    assert codes(early, PROPOSAL) == {"elimination.too_early"}
    natural = replace(PROPOSAL, record={"mode": "natural"})
    owed = replace(eliminable(), development_on=None)
    assert codes(owed, PROPOSAL) == codes(owed, natural) == {"measure.development"}, "due since July and not done"
    assert codes(replace(owed, is_willing=False), PROPOSAL) == set()
    assert codes(replace(owed, labour=(LabourLevel.WEAK,)), PROPOSAL) == set(), "recommended to who has weak labour"
    assert codes(replace(owed, identified_on=date(2026, 6, 1)), natural) == set(), "due in December"
    paid = replace(eliminable(), net=Decimal(20000), self_paid=Decimal(10000))
    assert codes(paid, PROPOSAL) == {"expenditure.large"}
    assert codes(replace(paid, self_paid=Decimal("9999.99")), PROPOSAL) == set()
    assert codes(replace(early, answered=frozenset()), natural) == set(), (
        "natural elimination needs no measure and no half year"
    )
    assert codes(eliminable(), replace(PROPOSAL, record={"mode": "quick"})) == {"record.invalid"}


def test_an_exit_is_the_one_that_was_proposed_by_another_client_or_goes_back_where_it_was() -> None:
    proposed = Taken(
        S.EXIT_PROPOSED, TODAY, ("v",), record_for(S.PLANNED, S.EXIT_PROPOSED, TODAY), S.PLANNED, "village", TODAY
    )
    case = situation(S.EXIT_PROPOSED, steps=(proposed,))
    opinion = {"opinion": "情况属实"}
    assert codes(case, move(S.ENDED_NATURAL, "t", record=opinion)) == set()
    assert codes(case, move(S.CORRECTED, "t", record=opinion)) == {"exit.other"}
    own = move(S.ENDED_NATURAL, "t", record=opinion, client_id="village")
    assert codes(case, own) == {"client.separation_of_duty"}
    assert codes(case, move(S.ENDED_NATURAL, "v", record=opinion)) == {"actors.separation_of_duty"}
    reason = {"reason": "证据不足"}
    assert codes(case, move(S.PLANNED, "t", record=reason)) == set()
    assert codes(case, move(S.MONITORED, "t", record=reason)) == {"return.other"}


def test_category_two_is_for_households_above_the_line() -> None:
    """F-A32: sudden serious difficulty means income at or above the monitoring line."""
    decision = move(S.COUNTY_APPROVED, "c", record={"category": "2"})
    for income, expected in ((8499, ["category.income"]), (8500, [])):
        case = situation(S.TOWN_AUDITED, per_capita_net=Decimal(income))
        assert [refusal.code for refusal in decided(case, rules.read(case, decision)[0])[2]] == expected


def test_other_as_a_risk_needs_a_note() -> None:
    case = situation(S.TOWN_AUDITED)
    decision, _ = rules.read(case, move(S.COUNTY_APPROVED, "c", record={"category": "0", "risk_types": ["99"]}))
    assert [refusal.code for refusal in decided(case, decision)[2]] == ["note.missing"]
    assert decided(case, replace(decision, note="赡养纠纷"))[2] == []


def test_whoever_sent_a_case_back_has_not_verified_it() -> None:
    """The approver returns a case to the visit; it still approves, and the visitor still does not."""
    returned = Taken(S.VISITED, TODAY, ("c",), {}, S.TOWN_AUDITED, "county", TODAY)
    case = situation(S.TOWN_AUDITED, steps=(Taken(S.VISITED, TODAY, ("a", "b"), {}, S.APPLIED, "village"), returned))
    decision = move(S.COUNTY_APPROVED, "c", record={"category": "0"}, client_id="county")
    assert "client.separation_of_duty" not in codes(case, decision)
    assert "client.separation_of_duty" in codes(case, replace(decision, client_id="village"))


def test_deadlines_follow_the_state() -> None:
    def due_on(state: S, identified_on: date | None) -> date | None:
        deadline = STEPS[state].deadline
        return deadline.due(POLICY, date(2026, 11, 1), identified_on) if deadline else None

    assert due_on(S.PUBLICISED, None) == date(2026, 11, 16)
    assert due_on(S.MONITORED, date(2026, 11, 10)) == date(2026, 11, 20)
    assert due_on(S.PLANNED, date(2026, 11, 10)) == date(2026, 12, 10)
    assert due_on(S.ASSISTING, date(2026, 11, 10)) is None


@pytest.mark.parametrize("module", [rules, preconditions, records, facts], ids=lambda module: module.__name__)
def test_every_refusal_has_its_text(module: Any) -> None:
    used = set(re.findall(r'(?:refusal|_contradiction)\("([^"]+)"', inspect.getsource(module)))
    assert used
    assert used <= REFUSALS.keys()
    assert {f"status.{kind}" for kind in ("education", "medical", "housing", "water")} <= REFUSALS.keys()
