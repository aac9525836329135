"""Plans repeat and come round to everything; readiness is judged by what was down."""

from __future__ import annotations

import pytest

from faults.arena import Outage
from faults.catalogue import load
from faults.nemesis.catalogue import ALL
from faults.plan import STEPS, make_plan
from faults.probe import NOTICE_S, Answer, lies
from servicekit.failpoints import parse

SOAK = range(1, 21)


@pytest.mark.parametrize("bus", ["embedded", "kafka"])
def test_the_same_seed_is_the_same_plan_and_another_seed_another(bus: str) -> None:
    plans = [make_plan(seed, bus, ALL.values()) for seed in SOAK]
    assert plans == [make_plan(seed, bus, ALL.values()) for seed in SOAK]
    assert len({(plan.failpoints, plan.kills, plan.strikes) for plan in plans}) == len(plans)


@pytest.mark.parametrize("bus", ["embedded", "kafka"])
def test_a_soak_of_twenty_seeds_kills_at_the_first_visit_of_every_failpoint(bus: str) -> None:
    planned = [name for seed in SOAK for name in make_plan(seed, bus).failpoints]
    first = {name.removesuffix(":kill@1") for name in planned if name.endswith(":kill@1")}
    assert first >= {name for name, row in load().items() if bus in row.buses}


@pytest.mark.parametrize("bus", ["embedded", "kafka"])
def test_a_soak_of_twenty_seeds_comes_to_every_nemesis(bus: str) -> None:
    struck = {strike.nemesis for seed in SOAK for strike in make_plan(seed, bus, ALL.values()).strikes}
    assert struck == {name for name, nemesis in ALL.items() if bus in nemesis.buses}


@pytest.mark.parametrize("bus", ["embedded", "kafka"])
def test_a_plan_names_what_exists(bus: str) -> None:
    for seed in SOAK:
        plan = make_plan(seed, bus, ALL.values())
        assert parse(",".join(plan.failpoints)).keys() <= load().keys()
        assert all(bus in ALL[strike.nemesis].buses for strike in plan.strikes)
        assert {item.step for item in (*plan.kills, *plan.strikes)} <= set(STEPS)


OUTAGE = Outage("postgres-kill", ("alerts-api",), 10.0, 15.0)


@pytest.mark.parametrize(
    ("answer", "is_lie"),
    [
        (Answer("alerts-api", 12.0, 12.1, True), True),
        (Answer("alerts-api", 12.0, 12.1, False), False),
        (Answer("alerts-api", 10.0 + NOTICE_S / 2, 11.0, True), False),
        (Answer("alerts-api", 14.9, 15.2, True), False),
        (Answer("sharing-api", 12.0, 12.1, True), False),
        (Answer("alerts-api", 9.0, 9.1, True), False),
    ],
)
def test_readiness_is_a_lie_only_while_something_it_needs_is_away(answer: Answer, is_lie: bool) -> None:
    """P8."""
    assert bool(lies([answer], [OUTAGE])) is is_lie


def test_a_line_that_is_only_slow_says_nothing_about_readiness() -> None:
    assert lies([Answer("alerts-api", 12.0, 12.1, True)], [Outage("slow-databases", ("alerts-api",), 10.0, 15.0)]) == []
