"""Rows that a comparison cannot use are written down, and what a person decided about them is followed."""

from __future__ import annotations

import csv

import pytest

from sharing.comparison.evaluation.inputs import UNUSED

from .conftest import token

AT_SCHOOL = {"school": "a", "stage": "primary", "grade": 3, "roll_status": "enrolled", "present": True}
ROLL = "DS-EDU-ROLL"


@pytest.fixture
def pupil(county):
    county.household()
    county.person(1, birth_date="2016-05-01", labour="5", has_finished_compulsory=False)
    return county


def unused(county):
    county.compare()
    with (county.folder / UNUSED).open(newline="") as file:
        # Who cannot be checked stands beside them, without a line: a rule of its own says that.
        rows = [row for row in csv.reader(file) if row[1] != "unchecked"]
        return [(row[0], row[1], int(row[4]), row[7], row[8]) for row in rows]


def dropped_out(county):
    return {who for rule, _, who in county.found() if rule == "R-EDU-01"}


def test_rows_that_meet_nobody_or_another_name_are_written_down(pupil):
    rows = [{"number": 1, "name": "张四", **AT_SCHOOL}, {"number": 9, **AT_SCHOOL}]
    pupil.deliver(ROLL, *rows, area_code="990101000000")
    assert sorted(unused(pupil)) == [(ROLL, "name_differs", 1, "h1", "p1"), (ROLL, "unmatched", 2, "", "")]


def test_rows_that_contradict_each_other_are_written_down(pupil):
    pupil.deliver(ROLL, {"number": 1, **AT_SCHOOL}, excluded_lines=(1,), excluded_because="contradicts")
    assert unused(pupil) == [(ROLL, "contradicts", 1, "h1", "p1")]


def test_rows_that_are_used_are_not(pupil):
    pupil.deliver(ROLL, {"number": 1, **AT_SCHOOL}, {"number": 1, **AT_SCHOOL}, excluded_lines=(2,))
    assert unused(pupil) == []


@pytest.mark.parametrize(("verdict", "accused"), [("same_person", set()), ("other_person", {"p1"}), (None, set())])
def test_what_was_decided_about_a_name_is_followed(pupil, verdict, accused):
    absent = {**AT_SCHOOL, "present": False}
    pupil.deliver(ROLL, {"number": 1, "name": "张四", **(AT_SCHOOL if verdict == "same_person" else absent)})
    if verdict:
        row = {"id_token": token(1), "person_token": token(1, "张四"), "verdict": verdict}
        pupil.rows["decision"].append({"dataset": ROLL} | row)
    assert dropped_out(pupil) == accused


def test_a_decision_is_about_one_name(pupil):
    row = {"dataset": ROLL, "id_token": token(1), "person_token": token(1, "张五"), "verdict": "same_person"}
    pupil.rows["decision"].append(row)
    pupil.deliver(ROLL, {"number": 1, "name": "张四", **AT_SCHOOL})
    assert [row[1] for row in unused(pupil)] == ["name_differs"]


def test_a_row_that_a_person_took_for_the_same_counts_as_matched(pupil):
    row = {"dataset": ROLL, "id_token": token(1), "person_token": token(1, "张四"), "verdict": "same_person"}
    pupil.rows["decision"].append(row)
    pupil.deliver(ROLL, {"number": 1, "name": "张四", **AT_SCHOOL})
    matching = next(each for each in pupil.compare().matching if each.dataset == ROLL)
    assert (matching.matched, matching.quarantined) == (1, 0)
