"""Of the steps of a rule's life the newest that holds a place counts there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sharing.catalogue.service import load_catalogue
from sharing.lives.rules import digest_of, life_in, step_at, why_not
from sharing.rulestates import State, Step

COUNTY, TOWN, OTHER, VILLAGE = "990101000000", "990101101000", "990101102000", "990101101201"


def steps(*said: tuple[str, State]) -> list[Step]:
    """Steps one after the other: (area, state)."""
    at = datetime(2026, 12, 1, tzinfo=UTC)
    return [Step(n, "R-MED-02", 1, "d", area, state, "why", f"p{n}", at) for n, (area, state) in enumerate(said, 1)]


@pytest.mark.parametrize(
    ("said", "area", "number"),
    [
        ([], VILLAGE, None),
        ([(COUNTY, "retired")], VILLAGE, 1),
        ([(OTHER, "retired")], VILLAGE, None),
        ([(VILLAGE, "retired")], TOWN, None),
        ([(COUNTY, "retired"), (TOWN, "active")], VILLAGE, 2),
        ([(TOWN, "active"), (COUNTY, "retired")], VILLAGE, 2),
        ([(COUNTY, "retired"), (OTHER, "active")], VILLAGE, 1),
    ],
)
def test_newest_step_that_holds_a_place_counts(said: list[tuple[str, State]], area: str, number: int | None) -> None:
    step = step_at(steps(*said), area)
    assert (step and step.number) == number


@pytest.mark.parametrize(
    ("said", "roots", "state", "elsewhere", "number"),
    [
        ([], [COUNTY], "active", [], 0),
        ([(COUNTY, "retired")], [], "active", [], 0),
        ([(COUNTY, "retired")], [TOWN], "retired", [], 1),
        ([(TOWN, "retired")], [COUNTY], "active", [TOWN], 1),
        ([(TOWN, "retired")], [TOWN, OTHER], "active", [TOWN], 1),
        ([(TOWN, "retired")], [OTHER], "active", [], 0),
        ([(TOWN, "retired"), (COUNTY, "retired")], [COUNTY], "retired", [], 2),
        ([(COUNTY, "retired"), (TOWN, "active")], [COUNTY], "retired", [TOWN], 2),
    ],
)
def test_parts_that_were_decided_about_later_are_named(
    said: list[tuple[str, State]], roots: list[str], state: State, elsewhere: list[str], number: int
) -> None:
    life = life_in(steps(*said), roots)
    assert (life.state, [step.area_code for step in life.elsewhere], life.number) == (state, elsewhere, number)
    assert life.is_throughout(state) == all(dict(said)[area] == state for area in elsewhere)


def test_version_that_nobody_has_activated_is_told_from_one_that_was_retired() -> None:
    compiled = load_catalogue().by_id["R-MED-02"]
    [retired, active] = steps((COUNTY, "retired"), (COUNTY, "active"))
    this = Step(**vars(retired) | {"rule_version": compiled.rule.version, "digest": digest_of(compiled)})
    assert [why_not(step, compiled) for step in (None, active, this, retired)] == [None, None, "retired", "not_active"]
