"""R-HRS-05, R-EDU-04, 05, 06 through the real engine: what is owed and was not given (F-B03, F-B15, F-C15, F-G19)."""

from __future__ import annotations

from datetime import date

import pytest

PENSIONS, AIDS, LEAVERS = "DS-HRS-PENSION", "DS-EDU-AID", "DS-EDU-GRAD"
AT_SCHOOL = {"school": "某校", "grade": 1, "roll_status": "enrolled", "present": True}


def pension(number: int = 1, **values):
    return {"number": number, "scheme": "resident", "year": 2026, "paid": "0", "subsidised_by_gov": True} | values


def aid(number: int = 1, **values):
    return {
        "number": number, "term": "autumn", "item": "living", "amount": "500", "paid_on": date(2026, 10, 20),
    } | values  # fmt: skip


def leaver(number: int = 1, **values):
    return {"number": number, "stage": "junior", "finished_on": date(2026, 6, 30)} | values


def certificate(level: int, number: int = 1):
    return {
        "number": number, "category": "4", "level": level, "issued_on": date(2020, 1, 1), "change": "renewed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("home", "person", "rows", "level", "expected"),
    [
        ({"hh_type": "1"}, {}, [], None, True),
        ({"is_monitored": True}, {}, [pension(subsidised_by_gov=False, paid="200")], None, True),
        ({}, {"relief": "dibao"}, [], None, True),
        ({"hh_type": "1"}, {}, [pension()], None, False),
        ({"hh_type": "1"}, {}, [pension(year=2025)], None, True),
        ({"hh_type": "1"}, {}, [pension(scheme="employee", subsidised_by_gov=False)], None, False),
        ({"hh_type": "1"}, {}, [pension(name="李四")], None, False),
        ({"hh_type": "1"}, {"birth_date": "1966-11-01"}, [], None, True),
        ({"hh_type": "1"}, {"birth_date": "1966-10-31"}, [], None, False),
        ({"hh_type": "1"}, {"birth_date": "2010-10-31"}, [], None, True),
        ({"hh_type": "1"}, {"birth_date": "2010-11-01"}, [], None, False),
        ({"hh_type": "1"}, {"birth_date": "2006-01-01", "school_stage": "bachelor"}, [], None, False),
        ({"hh_type": "1"}, {"id_token": None, "person_token": None}, [], None, False),
        ({"hh_type": "1"}, {"came_on": "2026-11-05", "came_from": "990102101201"}, [], None, False),
        ({}, {}, [], None, False),
        ({}, {}, [], 2, True),
        ({}, {}, [], 3, False),
    ],
)
def test_pension_insurance_that_the_government_should_pay(county, home, person, rows, level, expected):
    county.household(**home)
    county.person(1, **person)
    county.deliver(PENSIONS, pension(99), *rows)
    if level is not None:
        county.deliver("DS-DPF-CERT", certificate(level))
    assert (("R-HRS-05", "INFO", "p1") in county.found()) is expected


def test_a_list_of_pensions_of_the_quarter_counts_in_its_three_months(county):
    county.household(hh_type="1")
    county.person(1)
    county.deliver(PENSIONS, pension(99), period="2026-08")
    assert ("R-HRS-05", "INFO", "p1") in county.found()


def pupil(county, stage: str = "primary", born: str = "2016-05-01", **home):
    county.household(**home)
    county.person(1, birth_date=born, labour="5", has_finished_compulsory=False)
    county.deliver("DS-EDU-ROLL", {"number": 1, **AT_SCHOOL, "stage": stage})


@pytest.mark.parametrize(
    ("home", "rows", "level", "expected"),
    [
        ({"hh_type": "1"}, [], None, True),
        ({"is_monitored": True}, [], None, True),
        ({}, [], None, False),
        ({}, [], 4, True),
        ({"hh_type": "1"}, [aid()], None, False),
        ({"hh_type": "1"}, [aid(paid_on=date(2026, 9, 1))], None, False),
        ({"hh_type": "1"}, [aid(paid_on=date(2026, 8, 31))], None, True),
        ({"hh_type": "1"}, [aid(paid_on=date(2026, 11, 1))], None, True),
        ({"hh_type": "1"}, [aid(term="spring")], None, True),
        ({"hh_type": "1"}, [aid(name="李四")], None, False),
    ],
)
def test_student_who_received_no_aid_this_term(county, home, rows, level, expected):
    pupil(county, **home)
    county.deliver(AIDS, aid(99), *rows)
    if level is not None:
        county.deliver("DS-DPF-CERT", certificate(level))
    assert (("R-EDU-04", "YELLOW", "p1") in county.found()) is expected


@pytest.mark.parametrize(
    ("period", "list_of", "expected"),
    [
        ("2026-10", "2026-09", True),
        ("2026-10", "2026-08", False),  # counts still, and is of the term before
        ("2027-01", "2026-09", True),
        ("2027-02", "2027-01", False),
        ("2027-02", "2027-02", True),
        ("2026-08", "2026-03", True),
    ],
)
def test_a_list_of_aid_speaks_of_its_own_term(county, period, list_of, expected):
    county.period = period
    pupil(county, hh_type="1")
    county.deliver(AIDS, aid(99), period=list_of)
    assert (("R-EDU-04", "YELLOW", "p1") in county.found()) is expected


@pytest.mark.parametrize(
    ("stage", "home", "rows", "expected"),
    [
        ("vocational", {"hh_type": "1"}, [aid(item="grant")], True),
        ("higher_vocational", {"is_monitored": True}, [], True),
        ("vocational", {"hh_type": "1"}, [aid(item="grant"), aid(item="rain_dew")], False),
        ("vocational", {"hh_type": "1"}, [aid(item="rain_dew", term="spring")], True),
        ("vocational", {"hh_type": "1"}, [aid(item="rain_dew", name="李四")], False),
        ("vocational", {}, [], False),
        ("senior", {"hh_type": "1"}, [aid(item="grant")], False),
    ],
)
def test_vocational_student_without_the_rain_dew_subsidy(county, stage, home, rows, expected):
    pupil(county, stage, "2008-05-01", **home)
    county.deliver(AIDS, aid(99), *rows)
    assert (("R-EDU-05", "YELLOW", "p1") in county.found()) is expected


def test_vocational_student_whom_only_the_register_knows(county):
    county.household(hh_type="1")
    county.person(1, birth_date="2006-05-01", labour="5", school_stage="higher_vocational")
    county.deliver("DS-EDU-ROLL", {"number": 99, **AT_SCHOOL, "stage": "primary"})
    county.deliver(AIDS, aid(99))
    assert ("R-EDU-05", "YELLOW", "p1") in county.found()


@pytest.mark.parametrize(
    ("home", "person", "rows", "expected"),
    [
        ({"hh_type": "1"}, {}, [leaver()], True),
        ({"is_monitored": True}, {}, [leaver(stage="senior", job_from=date(2026, 8, 1))], True),
        ({}, {}, [leaver()], False),
        ({"hh_type": "1"}, {}, [leaver(finished_on=date(2025, 11, 1))], True),
        ({"hh_type": "1"}, {}, [leaver(finished_on=date(2025, 10, 31))], False),
        ({"hh_type": "1"}, {}, [leaver(finished_on=date(2026, 11, 1))], False),
        ({"hh_type": "1"}, {}, [leaver(continues_at="某技师学院")], False),
        ({"hh_type": "1"}, {"school_stage": "vocational"}, [leaver()], False),
        ({"hh_type": "1"}, {}, [leaver(name="李四")], False),
    ],
)
def test_school_leaver_who_learns_nothing_further(county, home, person, rows, expected):
    county.household(**home)
    county.person(1, birth_date="2010-05-01", **person)
    county.deliver(LEAVERS, *rows)
    assert (("R-EDU-06", "INFO", "p1") in county.found()) is expected


def test_what_changes_after_the_school_is_delivered_later_and_counts(county):
    county.household(hh_type="1")
    county.person(1, birth_date="2010-05-01")
    county.deliver(LEAVERS, leaver(), period="2026-09")
    county.deliver(LEAVERS, leaver(continues_at="某职业技术学校"))
    assert "R-EDU-06" not in {rule for rule, _, _ in county.found()}
