"""Which duties an episode's state implies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from contracts.parameters import Profile, resolve
from registry.episodes.deadlines import Case, Said, duties_of

POLICY: Profile = resolve([], "990101000000", date(2026, 11, 10))
OPEN = Case(
    episode_id="e", household_id="h", area_code="990101101201", origin="clue", is_monitored=False, is_active=True,
    looks_back=False, ended_on=date(2026, 11, 3), found_on=date(2026, 11, 1), taken_on=date(2026, 11, 3),
    identify_due_on=date(2026, 11, 16), identified_on=None, eliminated_on=None, can_work=True, looked_back=(),
)  # fmt: skip
MONITORED = replace(OPEN, is_monitored=True, identified_on=date(2026, 11, 12))


def said(case: Case) -> dict[str, Said]:
    return {duty.duty_id: duty for duty in duties_of(case, POLICY)}


def state(case: Case) -> dict[str, tuple[date, str | None]]:
    return {name: (duty.due_on, duty.outcome) for name, duty in said(case).items()}


def test_before_identification_it_is_the_identification() -> None:
    assert state(OPEN) == {"D05-e": (date(2026, 11, 16), None)}


def test_a_decision_against_it_ends_the_identification_as_well() -> None:
    rejected = replace(OPEN, is_active=False, ended_on=date(2026, 11, 9))
    assert said(rejected)["D05-e"].closed_on == date(2026, 11, 9)
    assert state(rejected) == {"D05-e": (date(2026, 11, 16), "done")}


def test_identification_brings_plan_first_measure_and_a_development_measure() -> None:
    assert state(MONITORED) == {
        "D05-e": (date(2026, 11, 16), "done"),
        "D06-e": (date(2026, 11, 22), None),
        "D07-e": (date(2026, 12, 12), None),
        "D08-e": (date(2027, 5, 12), None),
    }
    assert "D08-e" not in state(replace(MONITORED, can_work=False))


def test_each_closes_when_its_subject_moved() -> None:
    helped = replace(MONITORED, plan_on=date(2026, 11, 15), first_on=date(2026, 11, 20))
    assert [said(helped)[name].closed_on for name in ("D06-e", "D07-e", "D08-e")] == [
        date(2026, 11, 15), date(2026, 11, 20), None,
    ]  # fmt: skip


def test_an_imported_case_counts_from_the_day_it_came() -> None:
    """Nobody here could have acted before."""
    imported = replace(
        MONITORED, origin="import", identify_due_on=None, identified_on=date(2024, 2, 29), taken_on=date(2026, 11, 10)
    )
    assert state(imported) == {
        "D06-e": (date(2026, 11, 20), None),
        "D07-e": (date(2026, 12, 10), None),
        "D08-e": (date(2027, 5, 10), None),
    }


def test_a_year_of_look_backs_follows_the_elimination() -> None:
    gone = replace(
        MONITORED, is_monitored=False, is_active=False, looks_back=True, eliminated_on=date(2027, 11, 30),
        ended_on=date(2027, 11, 30), plan_on=date(2026, 11, 15), first_on=date(2026, 11, 20),
        looked_back=(date(2028, 2, 1),),
    )  # fmt: skip
    found = state(gone)
    assert found["D08-e"][1] == "cancelled", "nobody owes a measure any more"
    assert {name: found[name] for name in found if name.startswith("D10")} == {
        "D10-e-1": (date(2028, 2, 29), "done"),
        "D10-e-2": (date(2028, 5, 30), None),
        "D10-e-3": (date(2028, 8, 30), None),
        "D10-e-4": (date(2028, 11, 30), None),
    }
    relapsed = replace(gone, is_monitored=True, is_active=True, looks_back=False, ended_on=date(2028, 3, 1))
    assert {duty.outcome for name, duty in said(relapsed).items() if name.startswith("D10")} == {"done", "cancelled"}
