"""The oracle's rules about school, each on a small hand-made table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bangfu_county.oracle.register import Member
from bangfu_county.oracle.rules import Rules

from .hand_made import AS_OF, NINE, Row, child, home, member, rules


def on_roll(stage: str = "primary", status: str = "enrolled", *, present: bool = True) -> Row:
    return {"stage": stage, "grade": 1, "roll_status": status, "present": present}


@pytest.mark.parametrize(
    ("person", "asked", "severity"),
    [
        (child(NINE), rules(), "RED"),
        (child(NINE), rules(EDU_ROLL=[on_roll()]), None),
        (child(NINE), rules(EDU_ROLL=[on_roll(present=False)]), "RED"),
        (child(NINE), rules(EDU_ROLL=[on_roll(status="suspended", present=False)]), "RED"),
        (child(NINE), rules(EDU_ROLL=[on_roll(status="transferred", present=False), on_roll()]), None),
        (child(NINE), rules(EDU_ROLL=[on_roll("vocational", "suspended", present=False)]), None),
        (child(NINE, school_stage="senior"), rules(), None),
        (child(NINE), rules(EDU_ROLL=[on_roll("junior", "graduated", present=False)]), None),
        (child(NINE), rules(EDU_ROLL=[on_roll("primary", "graduated", present=False)]), "RED"),
        (child(NINE), rules(quarantined="DS-EDU-ROLL"), None),
        (child(NINE), rules(EDU_EXEMPT=[{"valid_to": None}]), None),
        (child(NINE), rules(EDU_EXEMPT=[{"valid_to": AS_OF}]), None),
        (child(NINE), rules(EDU_EXEMPT=[{"valid_to": date(2026, 10, 30)}]), "RED"),
        (child(NINE, number=None), rules(), None),
        (replace(child(NINE), has_finished_compulsory=True), rules(), None),
        (child(date(2020, 8, 31)), rules(), "RED"),  # six on the cutoff day
        (child(date(2020, 9, 1)), rules(), None),  # still five
        (child(date(2010, 9, 1)), rules(), "RED"),  # still fifteen
        (child(date(2010, 8, 31)), rules(), None),  # sixteen on the cutoff day
    ],
)
def test_r_edu_01_child_out_of_school(person: Member, asked: Rules, severity: str | None) -> None:
    assert asked.r_edu_01(person) == severity


@pytest.mark.parametrize(
    ("paid", "severity"), [(["10000.00"], None), (["10000.01"], "ORANGE"), (["100", "12000"], "ORANGE"), ([], None)]
)
def test_r_edu_02_fees_above_the_line(paid: list[str], severity: str | None) -> None:
    asked = rules(EDU_FEE=[{"self_paid": Decimal(amount)} for amount in paid])
    assert asked.r_edu_02(member()) == severity


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([on_roll("senior"), on_roll("bachelor")], "YELLOW"),
        ([on_roll("senior"), on_roll("junior")], None),
        ([on_roll("senior"), on_roll("bachelor", "suspended")], None),
        ([on_roll("senior"), on_roll("vocational", present=False)], "YELLOW"),
    ],
)
def test_r_edu_03_several_students(rows: list[Row], severity: str | None) -> None:
    asked = rules(EDU_ROLL=rows[:1])
    asked.evidence.matched["DS-EDU-ROLL"]["11010519491231002X"] = rows[1:]
    assert asked.r_edu_03(home(member(), member(number="11010519491231002X"))) == severity


def test_r_edu_03_counts_students_that_only_the_register_knows() -> None:
    asked = rules(EDU_ROLL=[on_roll("senior")])
    elsewhere = member(number="11010519491231002X", school_stage="bachelor")
    assert asked.r_edu_03(home(member(), elsewhere)) == "YELLOW"
    asked.evidence.matched["DS-EDU-ROLL"]["11010519491231002X"] = [on_roll("senior", "graduated", present=False)]
    assert asked.r_edu_03(home(member(), elsewhere)) is None


@pytest.mark.parametrize(
    ("person", "asked", "severity"),
    [
        (child(NINE, number=None), rules(), "INFO"),
        (child(NINE), rules(quarantined="DS-EDU-ROLL"), "INFO"),
        (child(NINE), rules(), None),
        (child(NINE, number=None, school_stage="senior"), rules(), None),
        (child(date(2020, 9, 1), number=None), rules(), None),
    ],
)
def test_r_edu_91_a_child_that_cannot_be_looked_up(person: Member, asked: Rules, severity: str | None) -> None:
    assert asked.r_edu_91(person) == severity
