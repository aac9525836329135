"""What somebody who signed in may do: cases by reason, and properties that hold for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.scopes import SCOPES
from contracts.staff import ROLES
from contracts.vocabulary import Department, StaffRole
from gateway.people.decisions import Application, Asked, Grant, Person, Refusal, Term, decide, seconds_left
from gateway.people.problems import REFUSALS
from gateway.people.reasons import WHY, Reason

TODAY = date(2026, 11, 30)
COUNTY, TOWN, OTHER_TOWN, VILLAGE = "990101000000", "990101101000", "990101102000", "990101101201"
TOWN_SCOPES = ROLES[StaffRole.TOWN].scopes


def term(role: StaffRole = StaffRole.TOWN, **changes: Any) -> Term:
    given: dict[str, Any] = {
        "appointment_id": "t-1", "role": role, "area_code": TOWN, "department": None, "grid": None,
        "first_on": date(2026, 1, 1), "last_on": None,
    }  # fmt: skip
    return Term(**(given | changes))


def person(*terms: Term, **changes: Any) -> Person:
    return replace(Person("p-1", 3, True, terms), **changes)


APP = Application("town-app", frozenset(SCOPES), [COUNTY], None)


def test_the_only_term_in_force_is_taken_with_what_role_and_application_have() -> None:
    app = replace(APP, scopes=frozenset({"clues:read", "clues:verify", "clients:manage"}))
    over = term(StaffRole.HELPER, appointment_id="t-0", last_on=TODAY - timedelta(days=1))
    found = decide(person(over, term()), Asked(), app, TODAY)
    assert isinstance(found, Grant)
    assert (found.term.appointment_id, found.scopes) == ("t-1", {"clues:read", "clues:verify"})


CASES: dict[Reason, tuple[Person | None, Asked, Application]] = {
    Reason.SECOND_FACTOR_MISSING: (person(term()), Asked(has_second_factor=False), APP),
    Reason.UNKNOWN_ACCOUNT: (None, Asked(), APP),
    Reason.INACTIVE: (person(term(), is_active=False), Asked(), APP),
    Reason.NO_TERM: (person(term(first_on=TODAY + timedelta(days=1))), Asked(), APP),
    Reason.SEVERAL_TERMS: (person(term(), term(StaffRole.HELPER, appointment_id="t-2")), Asked(), APP),
    Reason.TERM_UNKNOWN: (person(term()), Asked("t-9"), APP),
    Reason.TERM_NOT_BEGUN: (person(term(first_on=TODAY + timedelta(days=1))), Asked("t-1"), APP),
    Reason.TERM_OVER: (person(term(last_on=TODAY - timedelta(days=1))), Asked("t-1"), APP),
    Reason.OUTSIDE_AREAS: (person(term()), Asked(), replace(APP, areas=[OTHER_TOWN])),
    Reason.OTHER_DEPARTMENT: (person(term(department=Department.EDU)), Asked(), replace(APP, department="MED")),
    Reason.NO_SCOPE: (person(term()), Asked(), replace(APP, scopes=frozenset({"clients:manage"}))),
    Reason.SCOPE_BEYOND_ROLE: (person(term()), Asked(scopes=frozenset({"episodes:approve"})), APP),
    Reason.SCOPE_BEYOND_CLIENT: (
        person(term()), Asked(scopes=frozenset({"clues:verify"})), replace(APP, scopes=frozenset({"clues:read"}))
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", CASES)
def test_each_reason_is_told(reason: Reason) -> None:
    found = decide(*CASES[reason], TODAY)
    assert isinstance(found, Refusal)
    assert found.reason is reason


def test_terms_to_choose_from_are_those_that_the_application_may_carry() -> None:
    three = person(
        term(), term(StaffRole.HELPER, appointment_id="t-2"), term(appointment_id="t-3", area_code=OTHER_TOWN)
    )
    app = replace(APP, areas=[TOWN])
    found = decide(three, Asked(), app, TODAY)
    assert isinstance(found, Refusal)
    assert [each.appointment_id for each in found.terms] == ["t-1", "t-2"]
    chosen = decide(three, Asked("t-2"), app, TODAY)
    assert isinstance(chosen, Grant)
    assert chosen.term.role is StaffRole.HELPER


def test_a_department_s_application_carries_no_term_without_a_department() -> None:
    """Whoever has no department sees every department's things: such a token would be wider than the application."""
    found = decide(person(term(StaffRole.MONITOR, area_code=COUNTY)), Asked(), replace(APP, department="MED"), TODAY)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.OTHER_DEPARTMENT


@pytest.mark.parametrize(
    ("now", "left_s"),
    [
        (datetime(2026, 11, 30, 15, 59, tzinfo=UTC), 60),  # 23:59 in China
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 29, 16, 0, tzinfo=UTC), 86_400),
    ],
)
def test_a_term_is_over_when_its_last_day_is_over_in_the_county(now: datetime, left_s: float) -> None:
    assert seconds_left(term(last_on=TODAY), now) == left_s
    assert seconds_left(term(), now) is None


def test_every_reason_has_its_text_and_its_problem() -> None:
    assert set(WHY) == set(Reason) == set(REFUSALS)
    for reason, problem in REFUSALS.items():
        body = problem(WHY[reason].en).document()
        assert body["code"] == f"gateway.sign_in.{reason}"
        assert body["status"] == 400
        assert body["error"] in ("invalid_request", "invalid_scope")
        assert all((body["title"], body["advice"], body["detail"]))


# ---- properties
AREAS = [COUNTY, TOWN, OTHER_TOWN, VILLAGE, "990102000000", "990000000000", "000000000000"]
terms = st.builds(
    term,
    st.sampled_from(StaffRole),
    appointment_id=st.sampled_from(["t-1", "t-2", "t-3", "t-4"]),
    area_code=st.sampled_from(AREAS),
    department=st.sampled_from([None, Department.EDU, Department.MED]),
    first_on=st.dates(date(2026, 11, 25), date(2026, 12, 5)),
    last_on=st.none() | st.dates(date(2026, 11, 25), date(2026, 12, 5)),
)
people = st.none() | st.builds(
    Person,
    st.just("p-1"),
    st.integers(1, 9),
    st.booleans(),
    st.lists(terms, max_size=4, unique_by=lambda each: each.appointment_id),
)
some_scopes = st.frozensets(st.sampled_from(sorted(SCOPES)))
applications = st.builds(
    Application,
    st.just("app"),
    some_scopes | st.just(frozenset(SCOPES)),
    st.lists(st.sampled_from(AREAS), max_size=3),
    st.sampled_from([None, "EDU", "MED"]),
)
questions = st.builds(
    Asked,
    st.sampled_from([None, "t-1", "t-2", "t-9"]),
    st.none() | st.frozensets(st.sampled_from(sorted(SCOPES)), min_size=1, max_size=3),
    st.booleans(),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people, questions, applications)
def test_nobody_gets_more_than_role_and_application_give_nor_elsewhere_nor_on_another_day(
    somebody: Person | None, asked: Asked, app: Application
) -> None:
    found = decide(somebody, asked, app, TODAY)
    if isinstance(found, Refusal):
        assert found.reason in WHY
        assert all(each.fault_on(TODAY) is None for each in found.terms)
        return
    assert somebody is not None
    assert somebody.is_active
    assert asked.has_second_factor
    assert found.term in somebody.terms
    assert asked.appointment_id in (None, found.term.appointment_id)
    assert found.scopes
    assert found.scopes <= ROLES[found.term.role].scopes & app.scopes
    assert asked.scopes is None or found.scopes == asked.scopes
    assert found.term.first_on <= TODAY <= (found.term.last_on or TODAY)
    assert app.department in (None, found.term.department)
    prefixes = [root.rstrip("0") for root in app.areas]
    assert any(found.term.area_code.startswith(prefix) for prefix in prefixes)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people, questions, applications)
def test_leaving_scopes_out_never_gives_less_than_asking_for_one(
    somebody: Person | None, asked: Asked, app: Application
) -> None:
    asked_for = decide(somebody, asked, app, TODAY)
    if isinstance(asked_for, Grant):
        everything = decide(somebody, replace(asked, scopes=None), app, TODAY)
        assert isinstance(everything, Grant)
        assert asked_for.scopes <= everything.scopes
