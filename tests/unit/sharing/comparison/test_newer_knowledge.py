"""Of lists that overlap the newer knowledge counts, and contradictory rows accuse nobody."""

from __future__ import annotations

import pytest

TOWN, COUNTY, VILLAGE = "990101101000", "990101000000", "990101101201"
AT_SCHOOL = {"school": "a", "stage": "primary", "grade": 3, "roll_status": "enrolled", "present": True}


@pytest.fixture
def pupil(county):
    """A child of school age in a village, and another one elsewhere in the county."""
    for number, village in ((1, VILLAGE), (2, "990101102201")):
        county.household(f"h{number}", area_code=village)
        county.person(number, f"h{number}", birth_date="2016-05-01", labour="5", has_finished_compulsory=False)
    return county


def dropped_out(county):
    return {who for rule, _, who in county.found() if rule == "R-EDU-01"}


def roll(*numbers, **changes):
    return [{"number": number, **AT_SCHOOL, **changes} for number in numbers]


def test_whom_the_newer_town_list_omits_the_older_county_list_does_not_keep(pupil):
    pupil.deliver("DS-EDU-ROLL", *roll(1, 2), area_code=COUNTY)
    pupil.deliver("DS-EDU-ROLL", *roll(7), area_code=TOWN)
    assert dropped_out(pupil) == {"p1"}


def test_beside_the_newer_town_list_the_county_list_speaks_for_the_other_towns(pupil):
    pupil.deliver("DS-EDU-ROLL", *roll(2), area_code=COUNTY)
    pupil.deliver("DS-EDU-ROLL", *roll(1), area_code=TOWN)
    assert dropped_out(pupil) == set()


def test_a_correction_of_the_county_list_before_the_town_list_is_older_too(pupil):
    pupil.deliver("DS-EDU-ROLL", *roll(2), area_code=COUNTY)
    pupil.deliver("DS-EDU-ROLL", *roll(1), area_code=COUNTY, kind="correction")
    pupil.deliver("DS-EDU-ROLL", *roll(7), area_code=TOWN)
    assert dropped_out(pupil) == {"p1"}


def test_a_correction_after_both_lists_counts(pupil):
    pupil.deliver("DS-EDU-ROLL", *roll(2), area_code=COUNTY)
    pupil.deliver("DS-EDU-ROLL", *roll(7), area_code=TOWN)
    pupil.deliver("DS-EDU-ROLL", *roll(1), area_code=COUNTY, kind="correction")
    assert dropped_out(pupil) == set()


@pytest.mark.parametrize(("reason", "accused"), [("contradicts", set()), ("repeated", {"p1"}), ("outside", {"p1"})])
def test_contradictory_rows_are_no_evidence_and_accuse_nobody(pupil, reason, accused):
    rows = roll(1, 2)
    pupil.deliver("DS-EDU-ROLL", *rows, excluded_lines=(1,), excluded_because=reason)
    assert dropped_out(pupil) == accused


def test_a_correction_settles_what_contradicted_itself(pupil):
    pupil.deliver("DS-EDU-ROLL", *roll(1, present=False), *roll(2), excluded_lines=(1,), excluded_because="contradicts")
    pupil.deliver("DS-EDU-ROLL", *roll(1, present=False), kind="correction")
    assert dropped_out(pupil) == {"p1"}
