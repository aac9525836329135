"""A delivery speaks for its area: rows about persons of another township make nothing there and take nothing back."""

from __future__ import annotations

from datetime import date

import pytest

from sharing.comparison.evaluation.inputs import Only

from .conftest import token

TOWN_A, TOWN_B, COUNTY = "990101101000", "990101102000", "990101000000"
VILLAGE_A, VILLAGE_B = "990101101201", "990101102201"


def cost(number, self_paid):
    row = {"number": number, "year": 2026, "self_paid_ytd": self_paid}
    return row | {"total": "990000", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}


def house(number, ref, grade):
    row = {"number": number, "house_ref": ref, "grade": grade, "appraised_on": date(2026, 6, 1)}
    return row | {"sole_residence": True, "measure": "none"}


@pytest.fixture
def two_towns(county):
    """A household of one person in each of two townships."""
    for number, village in ((1, VILLAGE_A), (2, VILLAGE_B)):
        county.household(f"h{number}", area_code=village)
        county.person(number, f"h{number}")
    return county


def costly(county):
    return {who for rule, _, who in county.found() if rule == "R-MED-02"}


def matching(county, dataset="DS-MED-COST"):
    return next(each for each in county.compare().matching if each.dataset == dataset)


@pytest.mark.parametrize("kind", ["increment", "full"])
def test_a_township_finds_nobody_of_another(two_towns, kind):
    two_towns.deliver("DS-MED-COST", cost(1, "900000"), cost(2, "900000"), area_code=TOWN_A, kind=kind)
    assert costly(two_towns) == {"p1"}


def test_rows_about_persons_of_elsewhere_are_counted_as_outside(two_towns):
    two_towns.deliver("DS-MED-COST", cost(1, "1"), cost(2, "1"), cost(3, "1"), area_code=TOWN_A)
    counted = matching(two_towns)
    assert (counted.rows, counted.matched, counted.unmatched, counted.outside) == (2, 1, 1, 1)


def test_a_township_takes_nothing_back_that_the_county_says_about_another(two_towns):
    two_towns.deliver("DS-MED-COST", cost(1, "900000"), cost(2, "900000"), area_code=COUNTY)
    two_towns.deliver("DS-MED-COST", cost(1, "0"), cost(2, "0"), area_code=TOWN_A)
    assert costly(two_towns) == {"p2"}


@pytest.mark.parametrize("only", [None, Only((token(1), token(2)), {})], ids=["everybody", "a few"])
def test_a_newer_list_that_has_nobody_of_them_is_heard_all_the_same(two_towns, only):
    two_towns.only = only
    two_towns.deliver("DS-MED-COST", cost(1, "900000"), cost(2, "900000"), area_code=COUNTY, kind="full")
    two_towns.deliver("DS-MED-COST", cost(77, "1"), area_code=TOWN_A, kind="full")
    assert costly(two_towns) == {"p2"}


def test_the_county_replaces_what_a_township_said(two_towns):
    two_towns.deliver("DS-MED-COST", cost(1, "900000"), area_code=TOWN_A)
    two_towns.deliver("DS-MED-COST", cost(1, "0"), area_code=COUNTY)
    assert costly(two_towns) == set()


@pytest.mark.parametrize("number", [1, 2])
def test_a_key_that_names_no_person_is_not_taken_from_another_township(two_towns, number):
    """Houses are told apart by their number: a township cannot claim the house of a household elsewhere."""
    two_towns.deliver("DS-HOU-GRADE", house(2, "H-7", "D"), area_code=TOWN_B)
    before = {found for found in two_towns.found() if found[2] in ("h2", "p2")}
    assert before
    two_towns.deliver("DS-HOU-GRADE", house(number, "H-7", "A"), area_code=TOWN_A)
    assert {found for found in two_towns.found() if found[2] in ("h2", "p2")} == before


def test_everybody_of_the_area_is_replaced_by_a_key_that_names_no_person(two_towns):
    two_towns.deliver("DS-HOU-GRADE", house(2, "H-7", "D"), area_code=TOWN_B)
    two_towns.deliver("DS-HOU-GRADE", house(3, "H-7", "A"), area_code=COUNTY)
    assert not {found for found in two_towns.found() if found[2] in ("h2", "p2")}
