"""R-HRS-01 to 04 through the real engine, with last month's list beside this month's.

F-C11, F-C18, F-C20, F-D03, F-D07, F-D10.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

AS_OF = date(2026, 10, 31)
LIST, LOSSES = "DS-HRS-WORK", "DS-HRS-UNEMP"


def work(number: int = 1, **values):
    return {
        "number": number, "place": "outside", "from_on": date(2026, 3, 1), "employer": "某厂", "monthly_pay": "4000.00",
        "channel": "away", "point_to_point": False, "months_ytd": 8,
    } | values  # fmt: skip


def home(county, **values):
    """A household of a couple, of which one may work and the other is at work."""
    county.household(**values)
    county.person(1)
    county.person(2)


@pytest.mark.parametrize(
    ("now", "before", "lost", "severity"),
    [
        ([work(to_on=AS_OF - timedelta(days=30))], [], [], "ORANGE"),
        ([work(to_on=AS_OF - timedelta(days=29))], [], [], None),
        ([work(to_on=AS_OF - timedelta(days=90))], [], [], "RED"),
        ([work(to_on=AS_OF)], [], [], None),
        ([work(to_on=date(2026, 5, 31)), work(employer="新厂", from_on=date(2026, 10, 5))], [], [], None),
        ([work(to_on=date(2026, 5, 31)), work(employer="新厂", from_on=date(2026, 11, 1))], [], [], "RED"),
        ([], [], [AS_OF - timedelta(days=30)], "ORANGE"),
        ([], [], [date(2026, 2, 1), AS_OF - timedelta(days=40)], "ORANGE"),
        ([], [], [date(2026, 11, 3)], None),
        ([], [], [], None),
        ([], [work()], [], "ORANGE"),
        ([], [work(to_on=date(2026, 8, 2))], [], "RED"),
        ([], [work(from_on=date(2026, 10, 1))], [], None),
        ([], [work(name="李四")], [], None),
        ([work(name="李四")], [work()], [], None),
        ([work()], [work()], [AS_OF - timedelta(days=40)], None),
    ],
)
def test_work_that_was_lost_is_found_by_days(county, now, before, lost, severity):
    home(county)
    if before:
        county.deliver(LIST, *before, period="2026-09", before=True)
    county.deliver(LIST, work(2), *now)
    county.deliver(LOSSES, *({"number": 1, "lost_on": day, "reason": "closed", "wish": "near"} for day in lost))
    found = county.found()
    assert {severity for rule, severity, _ in found if rule == "R-HRS-01"} == ({severity} if severity else set())


def test_who_can_hardly_work_and_whom_the_list_cannot_know_yet_are_not_asked(county):
    home(county)
    county.person(3, labour="3")
    county.person(4, came_on="2026-11-05", came_from="990102101209")
    county.deliver(LIST, work(2), work(3, to_on=date(2026, 6, 1)))
    county.deliver(LOSSES, {"number": 4, "lost_on": date(2026, 8, 1), "reason": "closed", "wish": "near"})
    assert "R-HRS-01" not in {rule for rule, _, _ in county.found()}


@pytest.mark.parametrize(
    ("kind", "rows", "severity"),
    [
        ({"hh_type": "1"}, [], "ORANGE"),
        ({"is_monitored": True}, [], "ORANGE"),
        ({"hh_type": "1", "is_resettled": True}, [], "RED"),
        ({}, [], None),
        ({"hh_type": "1"}, [work(2)], None),
        ({"hh_type": "1"}, [work(2, to_on=date(2026, 10, 30))], "ORANGE"),
        ({"hh_type": "1"}, [work(2, name="李四")], None),
        ({"hh_type": "1"}, [work(2, name="李四"), work(1)], None),
    ],
)
def test_household_of_which_nobody_works(county, kind, rows, severity):
    home(county, **kind)
    county.person(99, household_id=county.household("h9"))
    county.deliver(LIST, work(99), *rows)
    found = {severity for rule, severity, who in county.found() if (rule, who) == ("R-HRS-02", "h1")}
    assert found == ({severity} if severity else set())


def test_ordinary_households_are_asked_where_the_list_holds_all_rural_labour(county):
    home(county)
    county.parameters = {"hrs.zero_work_everybody": 1}
    county.deliver(LIST, work(99))
    assert ("R-HRS-02", "ORANGE", "h1") in county.found()


def test_nothing_is_said_of_work_without_the_list(county):
    home(county, hh_type="1", is_resettled=True)
    county.deliver(LOSSES, {"number": 1, "lost_on": date(2026, 8, 1), "reason": "closed", "wish": "near"})
    assert not {rule for rule, _, _ in county.found() if rule.startswith("R-HRS")}


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ([work(monthly_pay="0")], [], True),
        ([work(monthly_pay=None)], [work()], False),
        ([work(monthly_pay="2000.00")], [work()], True),
        ([work(monthly_pay="2000.01")], [work()], False),
        ([work(monthly_pay="1500.00"), work(employer="乙厂", monthly_pay="500.00")], [work()], True),
        ([work(monthly_pay="2000.00")], [work(from_on=date(2026, 9, 2))], False),
        ([work(monthly_pay="0", from_on=date(2026, 10, 2))], [work()], False),
        ([work(monthly_pay="0", to_on=date(2026, 10, 30))], [work()], False),
    ],
)
def test_pay_of_whole_months_is_compared(county, now, before, expected):
    home(county)
    if before:
        county.deliver(LIST, *before, period="2026-09", before=True)
    county.deliver(LIST, *now)
    assert (("R-HRS-03", "YELLOW", "p1") in county.found()) is expected


def post(number: int = 1, kind: str = "cleaning", **values):
    return {
        "number": number, "post_type": kind, "from_on": date(2026, 1, 1), "monthly_pay": "800.00",
        "attendance_days": 22,
    } | values  # fmt: skip


@pytest.mark.parametrize(
    ("person", "posts", "ranger", "at_work", "expected"),
    [
        ({"birth_date": "1956-10-31", "labour": "3"}, [post()], [], [], True),
        ({"birth_date": "1956-11-01", "labour": "3"}, [post()], [], [], False),
        ({"birth_date": "2010-11-01"}, [], [post(kind="forest")], [], True),
        ({"birth_date": "2010-10-31"}, [], [post(kind="forest")], [], False),
        ({"labour": "4"}, [post()], [], [], True),
        ({}, [post(), post(kind="road")], [post(kind="forest")], [], True),
        ({}, [post()], [post(kind="forest")], [], False),
        ({}, [post()], [], [work()], True),
        ({}, [post()], [], [work(place="county")], False),
        ({}, [post()], [], [work(to_on=date(2026, 10, 30))], False),
        ({}, [post(attendance_days=None)], [], [], True),
        ({}, [], [post(kind="forest", attendance_days=0)], [], True),
        ({}, [post(attendance_days=0, monthly_pay="0")], [], [], False),
        ({}, [post(attendance_days=0, to_on=date(2026, 9, 30))], [], [], False),
        ({}, [post(name="李四", attendance_days=0)], [], [], False),
        ({"labour": "5"}, [post(to_on=date(2026, 10, 30))], [], [], False),
    ],
)
def test_posts_of_whom_they_are_not_for_and_pay_without_attendance(county, person, posts, ranger, at_work, expected):
    """F-C11, F-C20."""
    county.household()
    county.person(1, **person)
    county.deliver("DS-HRS-POST", *posts)
    county.deliver("DS-FOR-RANGER", *ranger)
    county.deliver(LIST, work(99), *at_work)
    assert (("R-HRS-04", "YELLOW", "p1") in county.found(doubts=True)) is expected


def test_posts_are_compared_where_one_of_the_two_lists_came(county):
    county.household(hh_type="1")
    county.person(1, labour="4")
    county.deliver("DS-FOR-RANGER", post(kind="forest"))
    assert ("R-HRS-04", "YELLOW", "p1") in county.found(doubts=True)


@pytest.mark.parametrize("dataset", ["DS-HRS-POST", "DS-FOR-RANGER"])
def test_who_holds_a_post_works(county, dataset):
    home(county, hh_type="1")
    county.deliver(LIST, work(1, to_on=date(2026, 5, 31)))
    county.deliver(dataset, post(kind="other"))
    assert not {rule for rule, _, _ in county.found() if rule in ("R-HRS-01", "R-HRS-02")}
