"""Which days of a renovation may follow which, and how far a year's target has come."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.renovations.rules import (
    Facts,
    Mode,
    RenovationKind,
    Stage,
    Tally,
    Wish,
    against_target,
    faults,
    stage_of,
    target_faults,
)

TODAY = date(2026, 11, 12)
MARCH = date(2026, 3, 2)
DAYS = ("approved_on", "started_on", "finished_on", "accepted_on")
STAGES = (Stage.LISTED, Stage.APPROVED, Stage.STARTED, Stage.FINISHED, Stage.ACCEPTED)


def told(**changes: Any) -> Facts:
    return Facts(**({"wish": Wish.WILLING, "mode": Mode.REBUILD} | changes))


@given(st.integers(0, 4), st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_days_in_their_order_are_a_stage(count: int, gaps: list[int]) -> None:
    day, days = MARCH, {}
    for name, gap in zip(DAYS[:count], gaps, strict=False):
        day += timedelta(days=gap)
        days[name] = day
    assert faults(told(**days), TODAY) == []
    assert stage_of(told(**days)) is STAGES[count]
    assert stage_of(told(**days, is_cancelled=True)) is Stage.CANCELLED


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"approved_on": MARCH, "mode": None}, [("/mode", "mode.missing")]),
        ({"approved_on": MARCH, "wish": Wish.UNWILLING}, [("/wish", "wish.unwilling")]),
        ({"started_on": MARCH}, [("/started_on", "day.skipped")]),
        ({"approved_on": MARCH, "started_on": date(2026, 3, 1)}, [("/started_on", "day.order")]),
        ({"approved_on": date(2026, 11, 13)}, [("/approved_on", "day.future")]),
        ({"approved_on": MARCH, "due_on": date(2026, 3, 1)}, [("/due_on", "due_on.early")]),
        ({"accepted_on": MARCH}, [("/acceptance/accepted_on", "day.skipped")]),
        ({"wish": Wish.UNWILLING, "mode": None}, []),
    ],
)
def test_what_contradicts_itself_is_named(said: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(fault.pointer, fault.code) for fault in faults(told(**said), TODAY)] == found


def test_a_household_that_does_not_want_it_stays_on_the_list() -> None:
    assert stage_of(told(wish=Wish.UNWILLING, mode=None)) is Stage.UNWILLING


def test_the_target_stands_beside_what_was_done_also_where_nothing_was() -> None:
    """F-B22: completion against the target."""
    kind, one, two = RenovationKind.DILAPIDATED, "990101101000", "990101102000"
    counted = [Tally(one, kind, listed=5, finished=2, accepted=1), Tally(one, RenovationKind.SEISMIC, listed=1)]
    found = against_target(counted, {(one, kind): 6, (two, kind): 3})
    assert [(each.area_code, each.kind, each.target, each.completion) for each in found] == [
        (one, kind, 6, Decimal("0.3333")),
        (one, RenovationKind.SEISMIC, None, None),
        (two, kind, 3, Decimal(0)),
    ]
    assert Tally(one, kind, target=0).completion is None


def test_targets_are_of_the_countys_townships() -> None:
    codes = ["990101101000", "990102101000", "990101101201", "990101000000"]
    assert [fault.pointer for fault in target_faults("990101000000", codes)] == [f"/targets/{c}" for c in codes[1:]]
