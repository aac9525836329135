"""Who a step names, in one form, and why somebody may not stand there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import StaffRole
from servicekit.persons import STAFF_PREFIX, Known, Place, Term, faults, one_form, party, why_not

ANN = "0198c0de-0000-7000-8000-00000000000a"
VILLAGE, OTHER, TOWN = "990101101201", "990101102201", "990101101000"
DAY = date(2026, 11, 21)


def term(area: str = TOWN, first: date = date(2026, 1, 1), last: date | None = None, **more: Any) -> Term:
    return Term(more.get("role", StaffRole.VILLAGE), area, first, last, more.get("grid"))


@given(st.uuids().map(str), st.booleans(), st.booleans())
def test_a_person_has_one_form_however_the_id_is_written(staff_id: str, prefixed: bool, upper: bool) -> None:
    written = staff_id.upper() if upper else staff_id
    assert one_form(f" {STAFF_PREFIX if prefixed else ''}{written} ") == f"staff:{staff_id}"
    assert one_form(one_form(written)) == one_form(written)


def test_a_machines_own_name_for_somebody_stays_as_it_is() -> None:
    assert one_form("village-001") == "village-001"
    assert one_form("staff-0101") == "staff-0101"


def test_the_signed_in_person_is_always_of_the_party_and_never_twice() -> None:
    actor = f"staff:{ANN}"
    assert party(actor, ["v-1"]) == ("v-1", actor)
    assert party(actor, [ANN.upper(), "v-1"]) == (actor, "v-1")
    assert party("town-app", ["v-1"]) == ("v-1",)


@pytest.mark.parametrize(
    ("known", "area", "code"),
    [
        (None, VILLAGE, "person.unknown"),
        (Known(False, (term(),)), VILLAGE, "person.inactive"),
        (Known(True, ()), VILLAGE, "person.no_term"),
        (Known(True, (term(last=date(2026, 11, 20)),)), VILLAGE, "person.no_term"),
        (Known(True, (term(first=date(2026, 11, 22)),)), VILLAGE, "person.no_term"),
        (Known(True, (term(),)), OTHER, "person.outside_area"),
        (Known(True, (term(OTHER), term(last=date(2026, 2, 1)))), VILLAGE, "person.outside_area"),
        (Known(True, (term(),)), VILLAGE, None),
        (Known(True, (term(VILLAGE, DAY, DAY),)), VILLAGE, None),
    ],
)
def test_why_somebody_may_not_stand_there(known: Known | None, area: str, code: str | None) -> None:
    fault = why_not(known, Place(area, DAY), "/actors/1")
    assert (fault and (fault.code, fault.pointer)) == (code and (code, "/actors/1"))


def test_a_role_that_is_asked_for_must_cover_the_place_itself() -> None:
    both = Known(True, (term(), term(OTHER, role=StaffRole.HELPER)))
    fault = why_not(both, Place(VILLAGE, DAY), "/helper", roles=[StaffRole.HELPER])
    assert fault is not None
    assert fault.code == "person.role"
    assert why_not(both, Place(OTHER, DAY), roles=[StaffRole.HELPER]) is None
    neither = why_not(both, Place(OTHER, DAY), roles=[StaffRole.TOWN, StaffRole.GRID])
    assert neither is not None
    assert "网格员" in neither.detail


@pytest.mark.parametrize(
    ("own", "grid", "code"), [("3", "3", None), ("3", "4", "person.outside_area"), ("3", None, "person.outside_area"),
                              (None, "3", None), (None, None, None)]
)  # fmt: skip
def test_a_term_of_a_grid_is_of_its_households_alone(own: str | None, grid: str | None, code: str | None) -> None:
    fault = why_not(Known(True, (term(VILLAGE, grid=own),)), Place(VILLAGE, DAY, grid))
    assert (fault and fault.code) == code


def test_each_fault_names_its_place_in_the_list() -> None:
    people = {ANN: Known(True, (term(),))}
    found = faults(["v-1", ANN, f"staff:{ANN}", "v-2"], people, Place(VILLAGE, DAY), "/visitors", but=("v-2",))
    assert [(fault.pointer, fault.code) for fault in found] == [("/visitors/0", "person.unknown")]
