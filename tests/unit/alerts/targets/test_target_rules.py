"""Which version a figure is held against, when something is reached, and which period a day asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest

from alerts.periods import last_ended, parts_of, year_before
from alerts.series.rules import catalogue, growth
from alerts.targets import rules
from alerts.targets.ready_made import entries
from alerts.targets.rules import Direction, Milestone, Version
from contracts.indicators import period_of


def version(number: int, day: int) -> Version:
    return Version(number, Decimal(number), "at_least", (), datetime(2026, 5, day, tzinfo=UTC))


def test_a_figure_is_held_against_the_last_version_that_was_approved_before_it_was_frozen() -> None:
    """F-C03: what came later stands beside; a figure older than all of them has the first."""
    versions = [version(1, 5), version(2, 20)]
    cases = {1: 1, 5: 1, 19: 1, 20: 2, 28: 2}
    for day, number in cases.items():
        assert rules.held_at(versions, datetime(2026, 5, day, tzinfo=UTC)).version == number
    assert rules.held_at(versions, None).version == 2


@pytest.mark.parametrize(
    ("direction", "below", "same", "above"),
    [
        ("at_least", False, True, True), ("more_than", False, False, True),
        ("at_most", True, True, False), ("less_than", True, False, False),
    ],
)  # fmt: skip
def test_each_direction_has_its_edge(direction: Direction, below: bool, same: bool, above: bool) -> None:
    ten = Decimal(10)
    met = [rules.is_met(direction, value, ten) for value in (Decimal("9.99"), Decimal("10.00"), Decimal("10.01"))]
    assert met == [below, same, above]
    assert direction in get_args(Direction)


def test_what_is_missing_is_pending_and_never_red() -> None:
    for actual, wanted in ((None, Decimal(1)), (Decimal(0), None), (None, None)):
        told = rules.verdict("at_least", actual, wanted, missing=("no_figure", "2026-03"))
        assert (told.state, told.gap) == ("pending", None)
        assert "2026-03" in told.why
    assert rules.verdict("at_least", Decimal(0), Decimal(1)).state == "red"
    assert rules.verdict("at_least", Decimal(9), Decimal(1), is_due=False).state == "pending"


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [("110", "100", "10.00"), ("100", "110", "-9.09"), ("100", "0", None), ("100", "-5", None), ("0", "8", "-100.00")],
)
def test_growth_is_nominal_and_nothing_grows_from_nothing(now: str, before: str, told: str | None) -> None:
    assert growth(Decimal(now), Decimal(before)) == (None if told is None else Decimal(told))


def test_a_milestone_is_a_share_of_its_target_or_a_value() -> None:
    """F-C13: 90 % of 17,800."""
    assert Milestone(date(2027, 3, 31), share=Decimal(90)).wanted(Decimal(17800)) == Decimal(16020)
    assert Milestone(date(2027, 3, 31), value=Decimal(7)).wanted(Decimal(17800)) == 7


def test_a_day_asks_for_the_period_that_ended_by_it() -> None:
    cases = {
        (date(2027, 3, 31), "month"): "2027-03", (date(2027, 3, 30), "month"): "2027-02",
        (date(2028, 2, 29), "month"): "2028-02", (date(2027, 1, 15), "quarter"): "2026-Q4",
        (date(2027, 12, 31), "year"): "2027", (date(2027, 12, 30), "year"): "2026",
    }  # fmt: skip
    for (day, kind), name in cases.items():
        assert last_ended(day, kind).name == name  # type: ignore[arg-type]  # three words
    assert [part.name for part in parts_of(period_of("2027-Q2"), "month")] == ["2027-04", "2027-05", "2027-06"]
    assert [part.name for part in parts_of(period_of("2027"), "year")] == ["2027"]
    assert [year_before(period_of(name)).name for name in ("2027", "2027-Q3", "2027-02")] == [
        "2026", "2026-Q3", "2026-02",
    ]  # fmt: skip


def test_every_ready_made_target_and_series_has_a_source_and_what_it_is_held_against() -> None:
    for name, entry in entries().items():
        assert (entry.value is None) == (entry.against is not None), name
        assert len(entry.source) > 5
        assert entry.against is None or entry.against.series in {None, *catalogue()}
