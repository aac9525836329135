"""Milestones of funds, the five dates of projects, and what one entity may have."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.parameters import Profile, resolve
from sharing.funds import rules as funds
from sharing.projects import rules as projects

PROFILE: Profile = resolve((), "990101000000", date(2026, 1, 1))


def _fund(spent: str, **values: Any) -> dict[str, Any]:
    fund = {"fund_year": 2026, "fund_source": "central", "budget": "1000.00", "industry_budget": "600.00"}
    return fund | {"spent": spent} | values


@pytest.mark.parametrize(
    ("on", "spent", "status", "required"),
    [
        (date(2026, 2, 28), "0.00", "not_due", None),
        (date(2026, 3, 31), "250.00", "green", "0.25"),
        (date(2026, 3, 31), "249.99", "red", "0.25"),
        (date(2026, 5, 31), "250.00", "green", "0.25"),
        (date(2026, 6, 30), "499.99", "red", "0.5"),
        (date(2026, 9, 30), "750.00", "green", "0.75"),
        (date(2026, 12, 31), "999.99", "red", "1"),
        (date(2027, 4, 30), "1000.00", "green", "1"),
    ],
    ids=["February", "March", "a cent short", "May: still that of March", "June", "September", "December", "next year"],
)  # fmt: skip
def test_a_fund_is_green_or_red_by_the_last_milestone(on: date, spent: str, status: str, required: str | None) -> None:
    """F-E01."""
    found = funds.standing(_fund(spent), None, on, PROFILE)
    assert (found.status, found.due and found.due.share) == (status, required and Decimal(required))


def test_what_was_never_assigned_has_no_progress_and_no_colour() -> None:
    """F-E01."""
    nothing = _fund("0.00", budget="0.00", industry_budget="0.00")
    found = funds.standing(nothing, None, date(2026, 12, 31), PROFILE)
    assert (found.progress, found.status, found.industry_share, found.industry_status) == (
        None,
        "not_due",
        None,
        "not_due",
    )


def test_the_share_for_industry_is_that_of_the_source_and_expenditure_cannot_fall() -> None:
    """F-E01."""
    day = date(2026, 9, 30)
    assert funds.standing(_fund("800.00"), None, day, PROFILE).industry_status == "green"
    short = funds.standing(_fund("800.00", industry_budget="599.99"), _fund("900.00"), day, PROFILE)
    assert (short.industry_status, short.fallen_by) == ("red", Decimal("100.00"))
    county = funds.standing(
        _fund("800.00", fund_source="county", industry_budget="0.00"), _fund("700.00"), day, PROFILE
    )
    assert (county.industry_required, county.industry_status, county.fallen_by) == (None, "not_due", None)


def _project(number: str = "P1", **values: Any) -> dict[str, Any]:
    project = {"project_no": number, "project_year": 2026, "category": "industry", "entity": "甲", "amount": "100.00"}
    days = {f"{step}_on": None for step in ("prepared", "tendered", "started", "finished", "entered")}
    return project | days | values


def test_each_step_is_done_late_or_not_due_by_its_own_date() -> None:
    """F-E02."""
    taken = _project(prepared_on="2026-01-31", tendered_on="2026-04-01", finished_on="2026-11-02")
    found = {step.step: step.status for step in projects.steps(taken, date(2026, 10, 31), PROFILE)}
    assert found == {
        "prepared": "done", "tendered": "done_late", "started": "late", "finished": "not_due", "entered": "not_due",
    }  # fmt: skip
    found = {step.step: step.status for step in projects.steps(taken, date(2026, 12, 31), PROFILE)}
    assert (found["finished"], found["entered"]) == ("done", "late")


@pytest.mark.parametrize(
    ("done", "on", "status"),
    [
        (6, date(2026, 8, 31), "not_due"),
        (7, date(2026, 9, 30), "green"),
        (6, date(2026, 9, 30), "red"),
        (9, date(2026, 12, 31), "red"),
        (10, date(2026, 12, 31), "green"),
    ],
)
def test_seven_in_ten_are_finished_by_september_and_all_by_december(done: int, on: date, status: str) -> None:
    """F-E02."""
    several = [_project(str(nth), finished_on="2026-08-20" if nth < done else None) for nth in range(10)]
    found = projects.finished([*several, _project("old", project_year=2025)], 2026, on, PROFILE)
    assert (found.projects, found.finished, found.status) == (10, done, status)


def test_shares_are_of_the_money_for_industry_of_the_year() -> None:
    """F-E07."""
    listed = [
        _project("1", amount="300.00"), _project("2", entity="乙", amount="500.00"), _project("3", amount="200.00"),
        _project("4", entity="丙", amount="9000.00", category="infrastructure"),
        _project("5", entity="丁", amount="9000.00", project_year=2025),
    ]  # fmt: skip
    found = projects.shares(listed, 2026)
    assert [(each.entity, each.projects, each.share) for each in found] == [
        ("乙", 1, Decimal("0.5000")), ("甲", 2, Decimal("0.5000")),
    ]  # fmt: skip
    assert projects.shares([], 2026) == []
