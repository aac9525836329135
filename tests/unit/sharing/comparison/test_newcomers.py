"""Who came after the lists were made is looked up where he or she lived, or said to be unknown: never accused."""

from __future__ import annotations

from datetime import date

import pytest

from .conftest import County

TOWN_A, TOWN_B = "990101101000", "990101102000"
VILLAGE_A, VILLAGE_B = "990101101201", "990101102201"
FAR = "990203101201"
ENROLLED = {"year": 2026, "scheme": "resident", "personal_paid": "400", "subsidy": "0"}
MOVED = {"area_code": VILLAGE_B, "moved_from": VILLAGE_A, "moved_on": "2026-11-10"}
SOMEBODY = 900  # of whom lists tell that would be empty else


def rules(county: County) -> set[str]:
    county.compare()
    return {row["rule_id"] for doubts in (False, True) for row in county.findings(doubts=doubts)}


def uninsured(county: County) -> bool:
    return "R-MED-01" in rules(county)


def lists(county: County, *towns: str, has: str = "") -> None:
    """Each town's list; the one of `has` holds the person."""
    for place, town in enumerate(towns):
        rows = [{"number": SOMEBODY + place, **ENROLLED}]
        county.deliver("DS-MED-ENROL", *rows, *([{"number": 1, **ENROLLED}] if town == has else []), area_code=town)


@pytest.mark.parametrize("towns", [(TOWN_A, TOWN_B), (TOWN_B, TOWN_A)], ids=["left one first", "new one first"])
@pytest.mark.parametrize(("has", "is_found"), [(TOWN_A, False), ("", True)], ids=["insured there", "nowhere"])
def test_who_moved_after_the_lists_is_looked_up_in_the_list_of_the_township_that_was_left(county, towns, has, is_found):
    county.household(hh_type="1", **MOVED)
    county.person(1)
    lists(county, *towns, has=has)
    assert uninsured(county) is is_found


def test_the_list_of_the_new_township_counts_from_its_day_on(county):
    """Whoever lived there on its day and is not in it is uninsured, whatever the list before the move said."""
    county.household(hh_type="1", **(MOVED | {"moved_on": "2026-10-20"}))
    county.person(1)
    lists(county, TOWN_A, TOWN_B, has=TOWN_A)
    assert uninsured(county)


def test_what_neither_township_can_know_is_not_claimed(county):
    """The list of the township that was left was made after the move, that of the new one before it."""
    county.household(hh_type="1", **(MOVED | {"moved_on": "2026-10-20"}))
    county.person(1)
    lists(county, TOWN_A)
    county.deliver("DS-MED-ENROL", {"number": 901, "as_of": date(2026, 10, 10), **ENROLLED}, area_code=TOWN_B)
    assert not uninsured(county)


@pytest.mark.parametrize(("came", "is_found"), [(FAR, False), (VILLAGE_A, True)], ids=["elsewhere", "same county"])
def test_who_came_from_elsewhere_after_the_countys_list_is_not_claimed_to_be_absent(county, came, is_found):
    county.household(hh_type="1", **(MOVED | {"moved_from": came}))
    county.person(1)
    lists(county, "990101000000")
    assert uninsured(county) is is_found


@pytest.mark.parametrize(("came_on", "is_found"), [("2026-11-01", False), ("2026-10-31", True), (None, True)])
def test_a_member_who_joined_after_the_day_of_the_list_is_not_claimed_to_be_absent(county, came_on, is_found):
    county.household(hh_type="1")
    county.person(1, came_on=came_on)
    lists(county, "990101000000")
    assert uninsured(county) is is_found


def test_a_child_that_came_after_the_roll_cannot_be_checked(county):
    county.household()
    county.person(1, birth_date="2016-05-01", has_finished_compulsory=False, labour="5", came_on="2026-11-03")
    county.deliver("DS-EDU-ROLL")
    assert rules(county) & {"R-EDU-01", "R-EDU-91"} == {"R-EDU-91"}


def test_a_child_in_the_roll_of_the_township_that_was_left_is_at_school(county):
    county.household(**MOVED)
    county.person(1, birth_date="2016-05-01", has_finished_compulsory=False, labour="5")
    at_school = {"school": "甲校", "stage": "primary", "grade": 4, "roll_status": "enrolled", "present": True}
    county.deliver("DS-EDU-ROLL", {"number": 1, **at_school}, area_code=TOWN_A)
    county.deliver("DS-EDU-ROLL", {"number": SOMEBODY, **at_school}, area_code=TOWN_B)
    assert not {"R-EDU-01", "R-EDU-91"} & rules(county)


@pytest.mark.parametrize("moved_from", [FAR, VILLAGE_A])
def test_relief_that_was_paid_before_the_move_is_not_missed(county, moved_from):
    """Neither "no relief" (R-CIV-02), nor a register that disagrees with the list (R-CIV-91)."""
    county.household(hh_type="1", **(MOVED | {"moved_from": moved_from}))
    county.person(1, labour="5", relief="dibao")
    relief = {"type": "dibao", "from_on": date(2025, 1, 1), "monthly_amount": "400", "change": "none"}
    county.deliver("DS-CIV-LOW", {"number": 1, **relief}, area_code=TOWN_A)
    county.deliver("DS-CIV-LOW", {"number": SOMEBODY, **relief}, area_code=TOWN_B)
    assert not {"R-CIV-02", "R-CIV-91"} & rules(county)


def test_whom_a_township_calls_new_because_the_family_moved_there_has_no_new_relief(county):
    county.household(**(MOVED | {"moved_on": "2026-10-05"}))
    county.person(1)
    relief = {"type": "dibao", "from_on": date(2025, 1, 1), "monthly_amount": "400"}
    county.deliver("DS-CIV-LOW", {"number": 1, "change": "none", **relief}, area_code=TOWN_A, before=True)
    county.deliver("DS-CIV-LOW", {"number": 1, "change": "new", **relief}, area_code=TOWN_B)
    assert "R-CIV-01" not in rules(county)


def test_a_row_about_somebody_who_never_lived_there_takes_nothing_back(county):
    """Only the register says who moved: a township cannot speak for another one by listing its people."""
    county.household(hh_type="1", area_code=VILLAGE_B)
    county.person(1)
    lists(county, TOWN_B, TOWN_A, has=TOWN_A)
    assert uninsured(county)


def test_the_run_says_of_how_many_households_a_list_cannot_know(county):
    county.household(hh_type="1", **(MOVED | {"moved_from": FAR}))
    county.person(1)
    lists(county, "990101000000")
    [outcome] = [each for each in county.compare().rules if each.rule_id == "R-MED-01"]
    assert ("newly_come", "DS-MED-ENROL", 1) in [(gap.reason, gap.dataset, gap.households) for gap in outcome.gaps]
    assert outcome.status == "partly"
