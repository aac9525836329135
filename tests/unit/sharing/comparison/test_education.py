"""R-EDU-01, 02, 03 through the real engine (F-B02, F-B20, F-B24)."""

from __future__ import annotations

from datetime import date

import pytest

from sharing.catalogue.service import load_catalogue

AT_SCHOOL = {"school": "某小学", "stage": "primary", "roll_status": "enrolled", "present": True}


def child(county, born: str = "2016-05-01", **values):
    county.household()
    county.person(50)
    county.person(1, birth_date=born, labour="5", has_finished_compulsory=False, **values)


def drops_out(county) -> bool:
    return ("R-EDU-01", "RED", "p1") in county.found()


@pytest.mark.parametrize(
    ("born", "period", "expected"),
    [
        ("2020-08-31", "2026-10", True),  # six on the very day
        ("2020-09-01", "2026-10", False),  # six a day later
        ("2010-09-01", "2026-10", True),  # fifteen, sixteen a day later
        ("2010-08-31", "2026-10", False),  # sixteen on the day
        ("2020-08-31", "2026-08", False),  # August still belongs to the school year before
        ("2019-08-31", "2026-08", True),
        ("2020-08-31", "2026-09", True),
        ("2020-02-29", "2026-10", True),
    ],
)
def test_age_counts_on_31_august_of_the_running_school_year(county, born, period, expected):
    county.period = period
    child(county, born)
    county.person(99, household_id=county.household("h2"))
    county.deliver("DS-EDU-ROLL", {"number": 99, **AT_SCHOOL})
    assert drops_out(county) is expected


def test_child_in_no_roll_is_found_with_its_evidence(county):
    child(county)
    delivery = county.deliver("DS-EDU-ROLL", {"number": 5, **AT_SCHOOL})
    assert drops_out(county)
    (finding,) = [row for row in county.findings() if row["rule_id"] == "R-EDU-01"]
    assert finding["evidence"] == {
        "has_id_number": True,
        "age_at_cutoff": 10,
        "has_finished_compulsory": False,
        "is_registered_student": False,
        "is_past_compulsory": False,
        "is_exempt_from_school": False,
        "is_at_school": False,
        "has_doubtful_roll": False,
        "is_new_to_roll": False,
    }
    assert finding["parameters"] == {"edu.compulsory_age_from": 6, "edu.compulsory_age_to": 15}
    assert finding["deliveries"] == [delivery]
    assert finding["household_id"] == "h1"
    assert finding["profile_version"] == "7"


def test_child_that_is_enrolled_and_present_is_not_found(county):
    child(county)
    county.deliver("DS-EDU-ROLL", {"number": 1, **AT_SCHOOL})
    assert not drops_out(county)


@pytest.mark.parametrize("status", ["enrolled", "suspended", "transferred"])
def test_child_that_is_in_the_roll_but_absent_is_found(county, status):
    child(county)
    county.deliver("DS-EDU-ROLL", {"number": 1, **AT_SCHOOL, "present": False, "roll_status": status})
    assert drops_out(county)


@pytest.mark.parametrize("stage", ["senior", "vocational", "higher_vocational", "bachelor"])
@pytest.mark.parametrize("status", ["enrolled", "suspended", "transferred", "graduated"])
def test_child_on_the_roll_of_a_school_above_is_past_compulsory_schooling_present_or_not(county, stage, status):
    child(county, "2011-02-01")
    county.deliver("DS-EDU-ROLL", {"number": 1, "school": "职校", "stage": stage, "grade": 1, "roll_status": status,
                                   "present": False})  # fmt: skip
    assert county.found() == set()


@pytest.mark.parametrize("stage", ["senior", "vocational"])
def test_child_that_the_register_knows_in_a_school_above_is_past_compulsory_schooling(county, stage):
    child(county, "2011-02-01", school_stage=stage)
    county.deliver("DS-EDU-ROLL", {"number": 5, **AT_SCHOOL})
    assert county.found() == set()


@pytest.mark.parametrize("order", [("甲校", "乙校"), ("乙校", "甲校")])
def test_child_that_changed_school_is_present_whichever_roll_comes_first(county, order):
    child(county)
    rolls = {"甲校": {"roll_status": "transferred", "present": False}, "乙校": {}}
    county.deliver("DS-EDU-ROLL", *({"number": 1, **AT_SCHOOL, "school": school, **rolls[school]} for school in order))
    assert county.found() == set()


def test_child_whose_old_and_new_school_both_miss_it_is_found_once(county):
    child(county)
    gone = {"roll_status": "transferred", "present": False}
    county.deliver(
        "DS-EDU-ROLL", *({"number": 1, **AT_SCHOOL, "school": school, **gone} for school in ("甲校", "乙校"))
    )
    assert county.found() == {("R-EDU-01", "RED", "p1")}


@pytest.mark.parametrize(
    ("person", "name"), [({"id_token": None, "person_token": None}, "张三"), ({}, "李四")], ids=["no number", "name"]
)
def test_child_that_cannot_be_checked_is_told_to_the_department_and_not_accused(county, person, name):
    child(county, **person)
    county.deliver("DS-EDU-ROLL", {"number": 1, "name": name, **AT_SCHOOL})
    assert county.found() == set()
    assert ("R-EDU-91", "INFO", "p1") in county.found(doubts=True)


@pytest.mark.parametrize(
    ("born", "person"),
    [("2021-01-01", {}), ("2009-01-01", {}), ("2011-02-01", {"has_finished_compulsory": True}),
     ("2011-02-01", {"school_stage": "vocational"})],
)  # fmt: skip
def test_nobody_beside_children_of_compulsory_age_need_be_checked(county, born, person):
    county.household()
    county.person(50)
    values = {"labour": "5", "has_finished_compulsory": False, "id_token": None, "person_token": None} | person
    county.person(1, birth_date=born, **values)
    county.deliver("DS-EDU-ROLL", {"number": 5, **AT_SCHOOL})
    assert "R-EDU-91" not in {rule for rule, _, _ in county.found(doubts=True)}


def test_an_exempt_child_under_another_name_on_the_roll_is_no_doubt(county):
    child(county)
    county.deliver("DS-EDU-ROLL", {"number": 1, "name": "李四", **AT_SCHOOL})
    county.deliver("DS-EDU-EXEMPT", {"number": 1, "reason": "physical", "evidence_no": "1", "valid_to": None})
    assert "R-EDU-91" not in {rule for rule, _, _ in county.found(doubts=True)}


def test_quarantined_roll_row_forbids_the_claim_of_absence(county):
    child(county)
    county.deliver("DS-EDU-ROLL", {"number": 1, "name": "李四", **AT_SCHOOL})
    outcome = county.compare()
    assert not any(row["rule_id"] == "R-EDU-01" for row in county.findings())
    (roll,) = [each for each in outcome.matching if each.dataset == "DS-EDU-ROLL"]
    assert (roll.rows, roll.matched, roll.quarantined, roll.unmatched) == (1, 0, 1, 0)


def test_junior_graduate_is_not_found(county):
    child(county, "2011-05-01")
    graduate = {"school": "某中学", "stage": "junior", "roll_status": "graduated", "present": False}
    county.deliver("DS-EDU-ROLL", {"number": 1, **graduate})
    assert not drops_out(county)


def test_child_without_an_id_number_is_not_found(county):
    child(county, id_token=None, person_token=None)
    county.deliver("DS-EDU-ROLL", {"number": 5, **AT_SCHOOL})
    assert not drops_out(county)


@pytest.mark.parametrize(
    ("valid_to", "name", "expected"),
    [
        (None, "张三", False),
        (date(2026, 10, 31), "张三", False),  # valid to the last day
        (date(2026, 10, 30), "张三", True),
        (None, "李四", True),  # an exemption under another name is no exemption
    ],
)
def test_exemption_counts_while_it_is_valid(county, valid_to, name, expected):
    child(county)
    county.deliver("DS-EDU-ROLL", {"number": 5, **AT_SCHOOL})
    county.deliver(
        "DS-EDU-EXEMPT",
        {"number": 1, "name": name, "reason": "physical", "evidence_no": "1", "valid_to": valid_to},
        period="2026-03",
    )
    assert drops_out(county) is expected


def test_missing_roll_skips_the_rule_and_says_so(county):
    child(county)
    county.income(2026, "30000")
    outcome = county.compare()
    skipped = {rule.rule_id for rule in outcome.rules if rule.status == "not_evaluated"}
    rules = [compiled.rule for compiled in load_catalogue().rules]
    assert skipped == {rule.id for rule in rules if rule.needs or rule.needs_one}
    assert {"R-EDU-01", "R-EDU-02", "R-HOU-01", "R-MED-01", "R-CIV-03"} <= skipped
    assert county.findings() == []


def test_nil_roll_is_known_to_be_empty(county):
    child(county)
    county.deliver("DS-EDU-ROLL")
    assert drops_out(county)


def test_single_pushed_record_does_not_stand_in_for_the_whole_roll(county):
    child(county)
    county.deliver("DS-EDU-ROLL", {"number": 5, **AT_SCHOOL}, kind="record")
    outcome = county.compare()
    (rule,) = [rule for rule in outcome.rules if rule.rule_id == "R-EDU-01"]
    assert rule.skipped_because


def test_record_pushed_after_the_full_list_replaces_the_childs_row(county):
    child(county)
    full = county.deliver("DS-EDU-ROLL", {"number": 1, **AT_SCHOOL})
    record = county.deliver("DS-EDU-ROLL", {"number": 1, **AT_SCHOOL, "present": False}, kind="record")
    assert drops_out(county)
    assert set(county.findings()[0]["deliveries"]) == {full, record}


def test_excluded_duplicate_line_does_not_count(county):
    child(county)
    absent = {**AT_SCHOOL, "present": False}
    county.deliver("DS-EDU-ROLL", {"number": 1, **absent}, {"number": 1, **AT_SCHOOL}, excluded_lines=(2,))
    assert drops_out(county)


def fee(self_paid: str, year: str = "2026-2027", **values):
    zero = {"tuition": self_paid, "board": "0", "books": "0", "aid_total": "0", "stage": "bachelor"}
    return {"number": 1, "school_year": year, "self_paid": self_paid} | zero | values


@pytest.mark.parametrize(("amount", "expected"), [("10000.00", False), ("10000.01", True)])
def test_schooling_cost_must_exceed_the_line(county, amount, expected):
    child(county, "2005-01-01")
    county.deliver("DS-EDU-FEE", fee(amount))
    assert (("R-EDU-02", "ORANGE", "p1") in county.found()) is expected


def test_schooling_costs_of_two_years_are_not_added(county):
    child(county, "2005-01-01")
    county.deliver("DS-EDU-FEE", fee("9000"), fee("9000", "2025-2026"))
    assert not county.found()


def test_newer_row_of_the_same_school_year_wins(county):
    child(county, "2005-01-01")
    county.deliver("DS-EDU-FEE", fee("12000"), period="2026-09")
    county.deliver("DS-EDU-FEE", fee("8000"), period="2026-10")
    assert not county.found()


def test_newest_period_wins_over_a_later_commit_of_an_older_period(county):
    child(county, "2005-01-01")
    county.deliver("DS-EDU-FEE", fee("8000"), period="2026-10")
    county.deliver("DS-EDU-FEE", fee("12000"), period="2026-09")
    assert not county.found()


def test_two_students_of_a_household_are_found(county):
    county.household()
    for number in (1, 2):
        county.person(number, birth_date="2007-01-01", has_finished_compulsory=True)
    student = {**AT_SCHOOL, "stage": "senior"}
    county.deliver("DS-EDU-ROLL", {"number": 1, **student}, {"number": 2, **student, "stage": "master"})
    assert county.found() == {("R-EDU-03", "YELLOW", "h1")}


@pytest.mark.parametrize(
    ("second", "registered", "expected"),
    [
        ({"stage": "senior", "present": False}, None, True),  # enrolled, present or not
        ({"stage": "senior", "present": False, "roll_status": "suspended"}, None, False),
        ({"stage": "senior", "present": False, "roll_status": "graduated"}, None, False),
        ({}, None, False),  # a pupil of a primary school
        (None, "bachelor", True),  # no county's roll holds colleges
        (None, "primary", False),
        (None, None, False),
        ({"stage": "senior", "present": False, "roll_status": "graduated"}, "senior", False),  # the roll knows better
        ({"stage": "senior", "name": "李四"}, None, False),
        ({"stage": "senior", "name": "李四"}, "senior", True),
    ],
)
def test_students_of_the_roll_and_those_that_only_the_register_knows_are_counted(county, second, registered, expected):
    county.household()
    county.person(1, birth_date="2007-01-01")
    county.person(2, birth_date="2007-01-01", school_stage=registered)
    rows = [{"number": 1, **AT_SCHOOL, "stage": "senior"}]
    if second is not None:
        rows.append({"number": 2, **AT_SCHOOL, **second})
    county.deliver("DS-EDU-ROLL", *rows)
    assert (("R-EDU-03", "YELLOW", "h1") in county.found()) is expected


def test_student_on_two_rolls_is_one_student(county):
    county.household()
    county.person(1, birth_date="2007-01-01")
    county.deliver(
        "DS-EDU-ROLL", *({"number": 1, **AT_SCHOOL, "stage": "senior", "school": school} for school in ("甲", "乙"))
    )
    assert county.found() == set()


def test_list_of_one_township_says_nothing_about_children_of_another(county):
    child(county)
    county.household("h2", area_code="990101102201")
    county.person(51, household_id="h2")
    county.person(2, household_id="h2", birth_date="2016-05-01", has_finished_compulsory=False)
    county.deliver("DS-EDU-ROLL", {"number": 9, **AT_SCHOOL}, area_code="990101102000")
    assert county.found() == {("R-EDU-01", "RED", "p2")}
    (rule,) = [rule for rule in county.compare().rules if rule.rule_id == "R-EDU-01"]
    assert (rule.skipped_because, rule.skipped_villages) == (None, 1)
    assert ("R-EDU-01", "990101101201") in county.compare().skipped
