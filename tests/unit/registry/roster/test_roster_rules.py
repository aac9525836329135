"""What a unit and a term must be, and which terms go together (F-A22, F-A33)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.staff import ADMINISTRATORS, ROLES, UNITS
from contracts.vocabulary import Department, StaffRole, UnitKind
from registry.roster import rules
from registry.roster.rules import Clash, Place
from registry.terms import Term

COUNTY, TOWN, VILLAGE = "990101000000", "990101101000", "990101101201"
OTHER_TOWN, OTHER_VILLAGE = "990101102000", "990101102201"
DAY = date(2026, 11, 1)
AREAS = {
    "province": "990000000000", "city": "990100000000", "county": COUNTY, "town": TOWN, "village": VILLAGE,
}  # fmt: skip
MED = Place(UnitKind.DEPARTMENT, COUNTY, Department.MED)
R = StaffRole


def codes(faults: list[rules.FieldError]) -> list[str]:
    return [fault.code for fault in faults]


def test_every_role_and_kind_of_unit_says_what_it_needs() -> None:
    assert set(ROLES) == set(StaffRole)
    assert set(UNITS) == set(UnitKind)


@pytest.mark.parametrize("role", StaffRole)
def test_every_role_can_be_held_by_somebody(role: StaffRole) -> None:
    rule = ROLES[role]
    possible = [
        (kind, home, area)
        for kind in rule.units
        for home in UNITS[kind].areas
        for area in rule.areas
        if rules.is_within(AREAS[area], AREAS[home])
    ]
    assert possible, "no unit of its kinds has an area in which a term could be"
    for kind, home, area in possible:
        place = Place(kind, AREAS[home], Department.MED if UNITS[kind].has_department else None)
        assert rules.check_unit(place) == []
        term = Term(role, AREAS[area], DAY, grid="一网格" if rule.has_grid else None)
        assert rules.check_term(term, place) == []


def test_the_three_administrators_exclude_each_other_and_nobody_else() -> None:
    assert len(ADMINISTRATORS) == 3
    for role, rule in ROLES.items():
        assert rule.excludes == (ADMINISTRATORS - {role} if role in ADMINISTRATORS else frozenset())


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (MED, []),
        (Place(UnitKind.DEPARTMENT, COUNTY), ["department.missing"]),
        (Place(UnitKind.DEPARTMENT, TOWN, Department.MED), ["area_code.level"]),
        (Place(UnitKind.TOWN, TOWN), []),
        (Place(UnitKind.TOWN, VILLAGE), ["area_code.level"]),
        (Place(UnitKind.TOWN, TOWN, Department.MED), ["department.none"]),
        (Place(UnitKind.WORKTEAM, VILLAGE), []),
        (Place(UnitKind.LEAD, "990100000000"), ["area_code.level"]),
    ],
)
def test_units(place: Place, expected: list[str]) -> None:
    assert codes(rules.check_unit(place)) == expected


@pytest.mark.parametrize(
    ("term", "unit", "expected"),
    [
        (Term(R.LIAISON, COUNTY, DAY), MED, []),
        (Term(R.LIAISON, COUNTY, DAY), Place(UnitKind.TOWN, TOWN), ["role.unit", "area_code.outside_unit"]),
        (Term(R.ENTRY, TOWN, DAY), Place(UnitKind.TOWN, TOWN), []),
        (Term(R.ENTRY, OTHER_TOWN, DAY), Place(UnitKind.TOWN, TOWN), ["area_code.outside_unit"]),
        (Term(R.ENTRY, VILLAGE, DAY), Place(UnitKind.TOWN, TOWN), ["area_code.level"]),
        (Term(R.GRID, VILLAGE, DAY), Place(UnitKind.VILLAGE, VILLAGE), ["grid.missing"]),
        (Term(R.GRID, VILLAGE, DAY, grid="一网格"), Place(UnitKind.VILLAGE, VILLAGE), []),
        (Term(R.VILLAGE, VILLAGE, DAY, grid="一网格"), Place(UnitKind.VILLAGE, VILLAGE), ["grid.none"]),
        (Term(R.HELPER, OTHER_VILLAGE, DAY), MED, []),
        (Term(R.HELPER, COUNTY, DAY, DAY - timedelta(days=1)), MED, ["last_on.range"]),
    ],
)
def test_terms(term: Term, unit: Place, expected: list[str]) -> None:
    assert codes(rules.check_term(term, unit)) == expected


days = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@st.composite
def terms(draw: st.DrawFn) -> Term:
    first = draw(days)
    last = draw(st.none() | st.integers(0, 40).map(lambda count: first + timedelta(days=count)))
    role = draw(st.sampled_from([R.HELPER, R.VILLAGE, *sorted(ADMINISTRATORS)]))
    return Term(role, draw(st.sampled_from([TOWN, VILLAGE])), first, last)


@given(st.lists(terms(), max_size=12))
def test_after_any_appointments_no_day_has_two_that_do_not_go_together(wanted: list[Term]) -> None:
    held: list[Term] = []
    for term in wanted:
        if rules.clash(term, held) is None:
            held.append(term)
    for number in range(160):
        day = date(2026, 1, 1) + timedelta(days=number)
        running = [term for term in held if term.covers(day)]
        assert len({(term.role, term.area_code) for term in running}) == len(running)
        assert len({term.role for term in running} & ADMINISTRATORS) <= 1


@given(terms(), terms())
def test_a_refused_term_would_have_met_one_that_there_is(one: Term, other: Term) -> None:
    found = rules.clash(one, [other])
    shared = any(
        one.covers(day) and other.covers(day) for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(160))
    )
    same = (one.role, one.area_code) == (other.role, other.area_code)
    excluded = one.role != other.role and {one.role, other.role} <= ADMINISTRATORS
    assert found is (Clash.EXCLUDED if shared and excluded else Clash.SAME if shared and same else None)


@pytest.mark.parametrize(
    ("term", "last_on", "expected"),
    [
        (Term(R.HELPER, TOWN, DAY), DAY, []),
        (Term(R.HELPER, TOWN, DAY), DAY - timedelta(days=1), ["last_on.range"]),
        (Term(R.HELPER, TOWN, DAY, DAY + timedelta(days=9)), DAY + timedelta(days=3), []),
        (Term(R.HELPER, TOWN, DAY, DAY + timedelta(days=9)), DAY + timedelta(days=10), ["last_on.later"]),
    ],
)
def test_ends(term: Term, last_on: date, expected: list[str]) -> None:
    assert codes(rules.check_end(term, last_on)) == expected
