"""Duties that each village has once a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.duty import Ground, Known, Said, Tally
from registry.yearly import Yearly

VILLAGE, OTHER = "990101101201", "990101101202"
MARCH = Yearly("D13", 3)
FEBRUARY, APRIL = date(2026, 2, 3), date(2026, 4, 2)
WAITS, DONE = Tally(VILLAGE, 3, 1, FEBRUARY), Tally(VILLAGE, 3, 0, date(2026, 2, 9))

Changed = list[tuple[Ground, Said, int]]


def after(changed: Changed, known: Mapping[str, Known] | None = None) -> dict[str, Known]:
    """What is known when these were announced."""
    said = {
        each.duty_id: Known(revision, each.outcome is None, ground.content(each)) for ground, each, revision in changed
    }
    return {**(known or {}), **said}


def told(changed: Changed) -> list[tuple[str, int, str | None]]:
    return [(said.duty_id, revision, said.outcome) for _, said, revision in changed]


@given(st.integers(2020, 2999), st.integers(1, 12))
def test_it_is_due_on_the_last_day_of_a_month(year: int, month: int) -> None:
    day = Yearly("D13", month).due_on(year)
    assert day is not None
    assert (day.year, day.month, (day + timedelta(days=1)).day) == (year, month, 1)


def test_a_village_has_it_until_nothing_waits_and_again_when_something_does() -> None:
    opened = MARCH.changed({2026: [WAITS]}, {}, FEBRUARY)
    ((ground, said, _),) = opened
    assert (ground.subject_id, ground.area_code) == (f"{VILLAGE}/2026", VILLAGE)
    assert (said.counts_from, said.due_on) == (date(2025, 12, 31), date(2026, 3, 31))
    known = after(opened)
    assert MARCH.changed({2026: [WAITS]}, known, APRIL) == [], "said once"
    done = MARCH.changed({2026: [DONE]}, known, APRIL)
    assert told(done) == [(f"D13-{VILLAGE}-2026", 2, "done")]
    assert done[0][1].closed_on == DONE.last_on
    again = MARCH.changed({2026: [WAITS]}, after(done, known), APRIL)
    assert told(again) == [(f"D13-{VILLAGE}-2026", 3, None)]


@pytest.mark.parametrize(
    ("tally", "today", "expected"),
    [
        (WAITS, date(2026, 3, 31), [(f"D13-{VILLAGE}-2026", 1, None)]),
        (WAITS, date(2026, 4, 1), []),  # nobody here could have acted
        (DONE, FEBRUARY, []),
    ],
)
def test_what_is_past_its_day_or_done_before_it_was_said_is_never_opened(
    tally: Tally, today: date, expected: list[tuple[str, int, str | None]]
) -> None:
    assert told(MARCH.changed({2026: [tally]}, {}, today)) == expected


def test_a_village_without_anything_to_do_or_a_county_that_asks_for_nothing_has_none() -> None:
    known = after(MARCH.changed({2026: [WAITS, Tally(OTHER, 1, 1, None)]}, {}, FEBRUARY))
    assert told(MARCH.changed({2026: [WAITS]}, known, FEBRUARY)) == [(f"D13-{OTHER}-2026", 2, "cancelled")]
    nothing = Yearly("D13", 0)
    assert nothing.due_on(2026) is None
    assert nothing.years(known, FEBRUARY) == []
    assert {outcome for _, _, outcome in told(nothing.changed({}, known, FEBRUARY))} == {"cancelled"}


def test_years_are_looked_at_until_nobody_owes_them() -> None:
    known = after(MARCH.changed({2025: [WAITS], 2026: []}, {}, date(2025, 2, 1)))
    assert MARCH.years(known, FEBRUARY) == [2025, 2026]
    done = after(MARCH.changed({2025: [DONE]}, known, FEBRUARY), known)
    assert MARCH.years(done, FEBRUARY) == [2026]
