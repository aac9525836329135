"""The oracle's rules about student aid and school leavers, each on a small hand-made table."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.register import Home, Member
from bangfu_county.oracle.rules import Rules
from bangfu_county.oracle.student_aid import r_edu_04, r_edu_05, r_edu_06, term

from .hand_made import AS_OF, NINE, Row, child, home, member, rules

PUPIL = child(NINE)
STUDENT = child(date(2008, 3, 1), school_stage="vocational")
FORMER_POOR = home(PUPIL, hh_type="1")


def on_roll(stage: str = "primary", *, present: bool = True, status: str = "enrolled") -> Row:
    return {"stage": stage, "grade": 1, "roll_status": status, "present": present}


def aid(item: str = "living", name: str = "autumn", paid_on: date = AS_OF) -> Row:
    return {"term": name, "item": item, "paid_on": paid_on}


def with_list(quarantined: str | None = None, day: date | None = AS_OF, **rows: list[Row]) -> Rules:
    asked = rules(quarantined, **rows)
    asked.evidence.aid_day = day
    return asked


def certificate(change: str = "renewed") -> Row:
    return {"level": 4, "change": change, "issued_on": date(2020, 1, 1)}


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2026, 8, 31), ("spring", date(2026, 1, 31))),
        (date(2026, 9, 30), ("autumn", date(2026, 8, 31))),
        (date(2027, 1, 31), ("autumn", date(2026, 8, 31))),
        (date(2027, 2, 28), ("spring", date(2027, 1, 31))),
    ],
)
def test_terms_of_a_year(as_of: date, expected: tuple[str, date]) -> None:
    assert term(Rules(as_of, rules().evidence)) == expected


ROLL = [on_roll()]


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (FORMER_POOR, with_list(EDU_ROLL=ROLL), "YELLOW"),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, EDU_AID=[aid()]), None),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, EDU_AID=[aid(name="spring")]), "YELLOW"),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, EDU_AID=[aid(paid_on=date(2026, 9, 1))]), None),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, EDU_AID=[aid(paid_on=date(2026, 8, 31))]), "YELLOW"),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, EDU_AID=[aid(paid_on=date(2026, 11, 1))]), "YELLOW"),
        (FORMER_POOR, with_list(EDU_ROLL=[on_roll(present=False)]), None),
        (FORMER_POOR, with_list(), None),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, day=None), None),
        (FORMER_POOR, with_list(EDU_ROLL=ROLL, day=date(2026, 8, 31)), None),  # a list of the term before
        (FORMER_POOR, with_list("DS-EDU-AID", EDU_ROLL=ROLL), None),
        (home(PUPIL), with_list(EDU_ROLL=ROLL), None),
        (home(PUPIL, is_monitored=True), with_list(EDU_ROLL=ROLL), "YELLOW"),
        (home(PUPIL), with_list(EDU_ROLL=ROLL, DPF_CERT=[certificate()]), "YELLOW"),
        (home(PUPIL), with_list(EDU_ROLL=ROLL, DPF_CERT=[certificate("cancelled")]), None),
    ],
)
def test_r_edu_04_no_aid_this_term(household: Home, asked: Rules, severity: str | None) -> None:
    assert r_edu_04(asked, household, PUPIL) == severity


@pytest.mark.parametrize(
    ("household", "person", "asked", "severity"),
    [
        (FORMER_POOR, STUDENT, with_list(), "YELLOW"),  # the register alone knows
        (FORMER_POOR, STUDENT, with_list(EDU_ROLL=[on_roll("vocational")], EDU_AID=[aid("grant")]), "YELLOW"),
        (FORMER_POOR, STUDENT, with_list(EDU_AID=[aid("rain_dew")]), None),
        (FORMER_POOR, STUDENT, with_list(EDU_AID=[aid("rain_dew", "spring")]), "YELLOW"),
        (FORMER_POOR, STUDENT, with_list(EDU_ROLL=[on_roll("senior")]), None),
        (FORMER_POOR, STUDENT, with_list(EDU_ROLL=[on_roll("vocational", status="suspended")]), None),
        (home(STUDENT, is_monitored=True), STUDENT, with_list(), "YELLOW"),
        (home(STUDENT), STUDENT, with_list(), None),
        (FORMER_POOR, PUPIL, with_list(EDU_ROLL=ROLL), None),
        (FORMER_POOR, STUDENT, with_list("DS-EDU-AID"), None),
        (FORMER_POOR, STUDENT, with_list(day=date(2026, 6, 30)), None),
        (FORMER_POOR, child(date(2008, 3, 1), school_stage="vocational", number=None), with_list(), None),
    ],
)
def test_r_edu_05_no_rain_dew_subsidy(household: Home, person: Member, asked: Rules, severity: str | None) -> None:
    assert r_edu_05(asked, household, person) == severity


def leaver(finished_on: date = date(2026, 6, 30), continues_at: str | None = None) -> Row:
    return {"stage": "junior", "finished_on": finished_on, "continues_at": continues_at, "job_from": None}


@pytest.mark.parametrize(
    ("household", "stage", "asked", "severity"),
    [
        (home(hh_type="1"), None, rules(EDU_GRAD=[leaver()]), "INFO"),
        (home(is_monitored=True), None, rules(EDU_GRAD=[leaver()]), "INFO"),
        (home(), None, rules(EDU_GRAD=[leaver()]), None),
        (home(hh_type="1"), None, rules(EDU_GRAD=[leaver(date(2025, 11, 1))]), "INFO"),
        (home(hh_type="1"), None, rules(EDU_GRAD=[leaver(date(2025, 10, 31))]), None),
        (home(hh_type="1"), None, rules(EDU_GRAD=[leaver(date(2026, 11, 1))]), None),
        (home(hh_type="1"), None, rules(EDU_GRAD=[leaver(continues_at="某校")]), None),
        (home(hh_type="1"), None, rules(EDU_GRAD=[leaver()], EDU_ROLL=[on_roll("vocational")]), None),
        (home(hh_type="1"), "vocational", rules(EDU_GRAD=[leaver()]), None),
        (home(hh_type="1"), None, rules(), None),
    ],
)
def test_r_edu_06_leavers_who_learn_nothing_further(
    household: Home, stage: str | None, asked: Rules, severity: str | None
) -> None:
    assert r_edu_06(asked, household, member(school_stage=stage)) == severity
