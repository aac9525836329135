"""The oracle's rules about work, each on a small hand-made table."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bangfu_county.oracle.employment import r_hrs_01, r_hrs_02, r_hrs_03, r_hrs_04, r_hrs_05
from bangfu_county.oracle.rules import Rules

from .hand_made import AS_OF, NUMBER, Row, home, member, rules

LAST_MONTH_ENDED = date(2026, 9, 30)


def work(from_on: date = date(2026, 3, 1), to_on: date | None = None, pay: str | None = "4000.00") -> Row:
    return {"from_on": from_on, "to_on": to_on, "monthly_pay": None if pay is None else Decimal(pay)}


def days_ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def with_before(*before: Row, now: list[Row] | None = None) -> Rules:
    asked = rules(HRS_WORK=now or [])
    asked.evidence.worked_before[NUMBER] = list(before)
    return asked


@pytest.mark.parametrize(
    ("labour", "asked", "severity"),
    [
        ("1", rules(HRS_WORK=[work(to_on=days_ago(30))]), "ORANGE"),
        ("1", rules(HRS_WORK=[work(to_on=days_ago(29))]), None),
        ("2", rules(HRS_WORK=[work(to_on=days_ago(89))]), "ORANGE"),
        ("1", rules(HRS_WORK=[work(to_on=days_ago(90))]), "RED"),
        ("3", rules(HRS_WORK=[work(to_on=days_ago(90))]), None),
        ("1", rules(HRS_WORK=[work(to_on=days_ago(90)), work()]), None),
        ("1", rules(HRS_WORK=[work(to_on=AS_OF)]), None),
        ("1", rules(HRS_WORK=[work(to_on=days_ago(90)), work(date(2026, 11, 1))]), "RED"),
        ("1", rules(HRS_UNEMP=[{"lost_on": days_ago(100)}, {"lost_on": days_ago(40)}]), "ORANGE"),
        ("1", rules(HRS_UNEMP=[{"lost_on": date(2026, 11, 2)}]), None),
        ("1", rules(HRS_UNEMP=[{"lost_on": days_ago(40)}], HRS_WORK=[work()]), None),
        ("1", rules("DS-HRS-WORK", HRS_UNEMP=[{"lost_on": days_ago(40)}]), None),
        ("1", rules(), None),
        ("1", with_before(work()), "ORANGE"),  # on last month's list, and not on this one
        ("1", with_before(work(to_on=LAST_MONTH_ENDED)), "ORANGE"),
        ("1", with_before(work(to_on=days_ago(95))), "RED"),
        ("1", with_before(work(date(2026, 10, 1))), None),  # had not begun then
        ("1", with_before(work(), now=[work()]), None),
    ],
)
def test_r_hrs_01_lost_the_work(labour: str, asked: Rules, severity: str | None) -> None:
    assert r_hrs_01(asked, member(labour=labour)) == severity


@pytest.mark.parametrize(
    ("changes", "asked", "severity"),
    [
        ({"hh_type": "1"}, rules(), "ORANGE"),
        ({"is_monitored": True}, rules(), "ORANGE"),
        ({"is_resettled": True}, rules(), "RED"),
        ({}, rules(), None),
        ({"hh_type": "1"}, rules(HRS_WORK=[work()]), None),
        ({"hh_type": "1"}, rules(HRS_WORK=[work(to_on=days_ago(1))]), "ORANGE"),
        ({"hh_type": "1"}, rules(HRS_WORK=[work(to_on=AS_OF)]), None),
        ({"hh_type": "1", "members": [member(labour="3")]}, rules(), None),
        ({"hh_type": "1", "members": [member(), member(number=None)]}, rules(), None),
        ({"hh_type": "1"}, rules("DS-HRS-WORK"), None),
    ],
)
def test_r_hrs_02_nobody_of_the_household_works(changes: dict[str, object], asked: Rules, severity: str | None) -> None:
    assert r_hrs_02(asked, home(**changes)) == severity


def test_r_hrs_02_asks_ordinary_households_where_the_county_says_so() -> None:
    asked = Rules(AS_OF, rules().evidence, {"hrs.zero_work_everybody": "1"})
    assert r_hrs_02(asked, home()) == "ORANGE"


@pytest.mark.parametrize(
    ("now", "before", "severity"),
    [
        ([work(pay="0.00")], [], "YELLOW"),
        ([work(pay=None)], [work()], None),
        ([work(pay="2000.00")], [work(pay="4000.00")], "YELLOW"),
        ([work(pay="2000.01")], [work(pay="4000.00")], None),
        ([work(pay="2000.00")], [], None),
        ([work(pay="2000.00")], [work(pay=None)], None),
        ([work(pay="2000.00")], [work(date(2026, 9, 2), pay="4000.00")], None),  # not all of last month
        ([work(date(2026, 10, 2), pay="0.00")], [work()], None),  # not all of this month
        ([work(pay="0.00", to_on=days_ago(1))], [work()], None),
        ([work(pay="1500.00"), work(pay="500.00")], [work(pay="4000.00")], "YELLOW"),
        ([work(pay="1500.00"), work(pay=None)], [work(pay="4000.00")], None),
    ],
)
def test_r_hrs_03_not_paid_or_far_less(now: list[Row], before: list[Row], severity: str | None) -> None:
    assert r_hrs_03(with_before(*before, now=now), member()) == severity


def post(kind: str = "cleaning", *, to_on: date | None = None, pay: str = "800.00", attended: int | None = 22) -> Row:
    row = {"post_type": kind, "from_on": date(2026, 1, 1), "to_on": to_on, "monthly_pay": Decimal(pay)}
    return row | {"attendance_days": attended}


AWAY, NEAR = ({"place": place, **work()} for place in ("outside", "county"))


@pytest.mark.parametrize(
    ("born", "labour", "asked", "severity"),
    [
        (date(1956, 10, 31), "3", rules(HRS_POST=[post()]), "YELLOW"),  # seventy on the day
        (date(1956, 11, 1), "3", rules(HRS_POST=[post()]), None),
        (date(2010, 11, 1), "5", rules(FOR_RANGER=[post("forest")]), "YELLOW"),
        (date(2010, 11, 1), "1", rules(FOR_RANGER=[post("forest")]), "YELLOW"),  # fifteen
        (date(2010, 10, 31), "1", rules(FOR_RANGER=[post("forest")]), None),
        (date(1980, 1, 1), "4", rules(HRS_POST=[post()]), "YELLOW"),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post(), post("road")], FOR_RANGER=[post("forest")]), "YELLOW"),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post()], FOR_RANGER=[post("forest")]), None),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post()], HRS_WORK=[AWAY]), "YELLOW"),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post()], HRS_WORK=[NEAR]), None),
        (date(1980, 1, 1), "1", rules(HRS_WORK=[AWAY]), None),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post(attended=None)]), "YELLOW"),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post(attended=0)]), "YELLOW"),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post(attended=0, pay="0.00")]), None),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post(attended=0, to_on=date(2026, 10, 1))]), "YELLOW"),
        (date(1980, 1, 1), "1", rules(HRS_POST=[post(attended=0, to_on=date(2026, 9, 30))]), None),
        (date(1950, 1, 1), "5", rules(HRS_POST=[post(to_on=date(2026, 10, 30))]), None),
        (date(1950, 1, 1), "5", rules(), None),
    ],
)
def test_r_hrs_04_posts_of_whom_they_are_not_for(born: date, labour: str, asked: Rules, severity: str | None) -> None:
    assert r_hrs_04(asked, member(born=born, labour=labour)) == severity


def test_who_holds_a_post_works() -> None:
    assert r_hrs_02(rules(FOR_RANGER=[post("forest")]), home(hh_type="1")) is None
    assert r_hrs_01(rules(HRS_POST=[post()], HRS_WORK=[work(to_on=days_ago(50))]), member()) is None


def pension(scheme: str = "resident", year: int = 2026, *, by_gov: bool = True) -> Row:
    return {"scheme": scheme, "year": year, "subsidised_by_gov": by_gov}


def certificate(level: int) -> Row:
    return {"level": level, "change": "new", "issued_on": date(2020, 1, 1)}


@pytest.mark.parametrize(
    ("household", "born", "asked", "severity"),
    [
        ({"hh_type": "1"}, date(1980, 1, 1), rules(), "INFO"),
        ({"is_monitored": True}, date(1980, 1, 1), rules(HRS_PENSION=[pension(by_gov=False)]), "INFO"),
        ({"hh_type": "1"}, date(1980, 1, 1), rules(HRS_PENSION=[pension()]), None),
        ({"hh_type": "1"}, date(1980, 1, 1), rules(HRS_PENSION=[pension(year=2025)]), "INFO"),
        ({"hh_type": "1"}, date(1980, 1, 1), rules(HRS_PENSION=[pension("employee", by_gov=False)]), None),
        ({"hh_type": "1"}, date(1980, 1, 1), rules("DS-HRS-PENSION"), None),
        ({"hh_type": "1"}, date(1966, 11, 1), rules(), "INFO"),  # fifty-nine
        ({"hh_type": "1"}, date(1966, 10, 31), rules(), None),
        ({"hh_type": "1"}, date(2010, 10, 31), rules(), "INFO"),  # sixteen
        ({"hh_type": "1"}, date(2010, 11, 1), rules(), None),
        ({"hh_type": "1"}, date(2009, 1, 1), rules(EDU_ROLL=[{"present": True}]), None),
        ({}, date(1980, 1, 1), rules(), None),
        ({}, date(1980, 1, 1), rules(DPF_CERT=[certificate(2)]), "INFO"),
        ({}, date(1980, 1, 1), rules(DPF_CERT=[certificate(3)]), None),
    ],
)
def test_r_hrs_05_nobody_pays_the_pension_insurance(
    household: dict[str, object], born: date, asked: Rules, severity: str | None
) -> None:
    assert r_hrs_05(asked, home(**household), member(born=born)) == severity


def test_r_hrs_05_leaves_students_and_those_without_a_number_alone() -> None:
    assert r_hrs_05(rules(), home(hh_type="1"), member(born=date(2006, 1, 1), school_stage="bachelor")) is None
    assert r_hrs_05(rules(), home(hh_type="1"), member(number=None)) is None
