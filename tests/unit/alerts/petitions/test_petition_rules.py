"""What may become of an item, whose duty it is, and what is wrong with what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from alerts.petitions import rules
from contracts.duties import Closed
from contracts.supervision import PetitionSource, PetitionState, Satisfaction

DAY = date(2026, 11, 10)
CASE = rules.Case(
    id="0199a5c0-0000-7000-8000-00000000f001", version=1, area_code="990101101201", department=None, state="open",
    counts_from=DAY, due_on=date(2026, 12, 1), is_estimate=False, disposed_on=None, confirm_due_on=None,
)  # fmt: skip


def test_each_step_leads_from_one_state_alone() -> None:
    for action in ("amended", "clue", "disposed", "returned", "confirmed", "reopened", "withdrawn"):
        allowed = [state for state in PetitionState if rules.after(action, state) is not None]
        assert len(allowed) == 1, action
    assert rules.after("confirmed", PetitionState.OPEN) is None
    assert rules.after("reopened", PetitionState.WITHDRAWN) is None


def test_a_duty_is_the_units_then_the_countys_and_names_the_township_alone() -> None:
    (own,) = rules.duties(CASE).values()
    assert (own.kind, own.area_code, own.household_id, own.unit) == ("E02", "990101101000", None, "working")
    (of_med,) = rules.duties(replace(CASE, department="MED")).values()
    assert (of_med.kind, of_med.department, len(of_med.duty_id) <= 64) == ("E01", "MED", True)
    disposed = replace(CASE, state="disposed", disposed_on=DAY, confirm_due_on=date(2026, 11, 17))
    assert [duty.kind for duty in rules.duties(disposed).values()] == ["E03"]
    for state in ("closed", "withdrawn"):
        assert rules.duties(replace(disposed, state=state)) == {}


def test_what_is_handed_on_ends_the_first_units_duty() -> None:
    said = rules.said_of_duties(CASE, replace(CASE, department="MED", version=2), "cancelled", DAY)
    assert [(type(duty) is Closed, duty.kind) for duty in said] == [(True, "E02"), (False, "E01")]
    assert rules.said_of_duties(CASE, replace(CASE, version=2), "done", DAY) == []


def test_public_opinion_alone_needs_no_answer() -> None:
    nothing = rules.Answer(PetitionSource.OPINION, DAY, None, None, None, DAY)
    assert rules.flaws_of_answer(nothing) == []
    silent = replace(nothing, source=PetitionSource.PETITION)
    assert [flaw.code for flaw in rules.flaws_of_answer(silent)] == ["answered_on.missing"]
    wrong = replace(
        silent, answered_on=date(2026, 11, 9), unanswered_because="号码错误", satisfaction=Satisfaction.FAIR
    )
    assert {flaw.code for flaw in rules.flaws_of_answer(wrong)} == {"answered_on.both", "answered_on.before"}
    unheard = replace(silent, unanswered_because="无号码", satisfaction=Satisfaction.FAIR)
    assert [flaw.code for flaw in rules.flaws_of_answer(unheard)] == ["satisfaction.unexpected"]
