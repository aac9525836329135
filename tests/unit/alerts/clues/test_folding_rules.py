"""Folding as a pure function: independent of order and of how the findings are cut into batches."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.clues.folding import (
    FoldedClue,
    KnownClue,
    KnownSource,
    Plan,
    Source,
    Terms,
    fold,
    has_grown,
    numeric_facts,
)
from contracts.vocabulary import AlertKind, Channel, ClueState, Severity
from servicekit.calendar import Limit

NOW = datetime(2026, 11, 10, 1, tzinfo=UTC)
_ids = itertools.count()


def next_id() -> str:
    """Give a fresh id."""
    return f"id-{next(_ids):09d}"


def terms(**changes: Any) -> Terms:
    """Give the terms of the shipped profile."""
    values: dict[str, Any] = {
        "is_monitored": False,
        "open_risks": frozenset(),
        "orange_to_red": 2,
        "quiet": timedelta(days=90),
        "growth_share": Decimal("0.20"),
        "identify_limit": Limit(15),
        "verify_within": {
            Severity.RED: timedelta(days=3),
            Severity.ORANGE: timedelta(days=7),
            Severity.YELLOW: timedelta(days=10),
            Severity.INFO: timedelta(days=30),
        },
    }
    return Terms(**(values | changes))


def source(**changes: Any) -> Source:
    """Give a finding as a source."""
    values: dict[str, Any] = {
        "id": next_id(),
        "household_id": "h1",
        "area_code": "990101101201",
        "risk_type": "01",
        "severity": Severity.ORANGE,
        "channel": Channel.DEPARTMENT,
        "rule_id": "R-MED-02",
        "person_id": "p1",
        "period": "2026-10",
    }
    merged = values | changes
    return Source(**({"finding_id": f"f-{merged['id']}"} | merged))


def known(clue: FoldedClue, **changes: Any) -> KnownClue:
    """Give a folded clue as it is found the next time."""
    values: dict[str, Any] = {
        "id": clue.id,
        "household_id": clue.household_id,
        "area_code": clue.area_code,
        "risk_type": clue.risk_type,
        "severity": clue.severity,
        "state": clue.state,
        "version": clue.version,
        "raised_at": clue.raised_at,
        "due_at": clue.due_at,
        "verified_at": None,
        "channels": clue.channels,
        "rule_ids": clue.rule_ids,
        "source_count": clue.source_count,
        "latest_period": clue.latest_period,
    }
    return KnownClue(**(values | changes))


@dataclass
class Memory:
    """What the database would hold between batches."""

    terms: Mapping[str, Terms]
    clues: dict[str, KnownClue] = field(default_factory=dict)
    sources: list[KnownSource] = field(default_factory=list)

    def fold(self, sources: Sequence[Source], now: datetime = NOW) -> Plan:
        """Fold a batch and remember the outcome."""
        plan = fold(sources, self.clues.values(), self.sources, self.terms, now, next_id)
        for clue in plan.clues:
            self.clues[clue.id] = known(clue)
        for item in sources:
            if item.id not in plan.suppressed:
                self.sources.append(
                    KnownSource(
                        plan.placed[item.id],
                        item.rule_id,
                        item.person_id,
                        item.period,
                        item.severity,
                        item.numbers,
                        now,
                    )
                )
        return plan

    def close(self, clue_id: str, state: ClueState, at: datetime = NOW, **changes: Any) -> None:
        """Verify a clue."""
        from dataclasses import replace

        self.clues[clue_id] = replace(self.clues[clue_id], state=state, verified_at=at, **changes)

    def outcome(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """Give what must not depend on order."""
        return {
            (clue.household_id, clue.risk_type): (
                clue.state,
                clue.severity,
                clue.due_at,
                clue.channels,
                clue.rule_ids,
                clue.source_count,
                clue.latest_period,
            )
            for clue in self.clues.values()
        }


HOUSEHOLDS = {
    "h1": terms(),
    "h2": terms(orange_to_red=3),
    "h3": terms(is_monitored=True, open_risks=frozenset({"01", "20"})),
}
_RULES = [
    ("R-MED-01", "01"),
    ("R-MED-02", "01"),
    ("R-MED-03", "01"),
    ("R-CIV-01", "22"),
    ("R-HOU-01", "11"),
    ("R-AGR-03", "20"),
    ("R-AGR-04b", "20"),
]
sources = st.builds(
    lambda household, rule, severity, period, person: source(
        household_id=household,
        rule_id=rule[0],
        risk_type=rule[1],
        severity=severity,
        period=period,
        person_id=person,
    ),
    st.sampled_from(sorted(HOUSEHOLDS)),
    st.sampled_from(_RULES),
    st.sampled_from(Severity),
    st.sampled_from(["2026-09", "2026-10"]),
    st.sampled_from(["p1", "p2"]),
)


@given(st.lists(sources, min_size=1, max_size=20), st.randoms(use_true_random=False), st.data())
def test_clues_do_not_depend_on_order_or_batches(items: list[Source], chooser: Any, data: st.DataObject) -> None:
    """The same findings give the same clues, severities and due dates, however they arrive."""
    at_once = Memory(HOUSEHOLDS)
    at_once.fold(items)
    shuffled = list(items)
    chooser.shuffle(shuffled)
    in_parts = Memory(HOUSEHOLDS)
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        in_parts.fold(shuffled[:size])
        shuffled = shuffled[size:]
    assert in_parts.outcome() == at_once.outcome()


@given(st.lists(sources, min_size=1, max_size=20))
def test_every_source_is_placed_and_one_clue_is_open_per_household_and_risk(items: list[Source]) -> None:
    memory = Memory(HOUSEHOLDS)
    plan = memory.fold(items)
    assert set(plan.placed) == {item.id for item in items}
    open_places = [(clue.household_id, clue.risk_type) for clue in memory.clues.values() if clue.state.is_open]
    assert len(open_places) == len(set(open_places))
    assert sum(clue.source_count for clue in memory.clues.values()) == len(items)


@given(st.lists(sources, min_size=1, max_size=20), st.lists(sources, min_size=1, max_size=20))
def test_severity_never_falls_and_due_dates_never_move_back(first: list[Source], second: list[Source]) -> None:
    memory = Memory(HOUSEHOLDS)
    memory.fold(first)
    before = dict(memory.clues)
    memory.fold(second, NOW + timedelta(days=2))
    order = list(Severity)
    for clue_id, clue in before.items():
        after = memory.clues[clue_id]
        assert order.index(after.severity) <= order.index(clue.severity)
        if clue.due_at is not None:
            assert after.due_at is not None
            assert after.due_at <= clue.due_at


def test_escalation_gives_new_time_to_look_but_never_more_than_there_was() -> None:
    memory = Memory({"h1": terms()})
    memory.fold([source(severity=Severity.YELLOW)])
    memory.fold([source(severity=Severity.RED)], NOW + timedelta(days=1))
    (clue,) = memory.clues.values()
    assert clue.due_at == NOW + timedelta(days=4)  # three days from the escalation
    late = Memory({"h1": terms()})
    late.fold([source(severity=Severity.ORANGE)])
    late.fold([source(severity=Severity.RED)], NOW + timedelta(days=5))
    (clue,) = late.clues.values()
    assert clue.due_at == NOW + timedelta(days=7)  # an earlier date stands


def test_reports_do_not_count_as_orange_rules() -> None:
    memory = Memory({"h1": terms()})
    memory.fold(
        [
            source(),
            source(channel=Channel.SELF, rule_id=None, period=None, person_id=None, finding_id=None, risk_type="22"),
        ]
    )
    assert {clue.severity for clue in memory.clues.values()} == {Severity.ORANGE}


def test_same_orange_rule_on_two_persons_is_one_rule() -> None:
    memory = Memory({"h1": terms()})
    memory.fold([source(person_id="p1"), source(person_id="p2")])
    assert {clue.severity for clue in memory.clues.values()} == {Severity.ORANGE}


def test_orange_rule_of_a_confirmed_clue_still_counts_but_its_severity_stands() -> None:
    memory = Memory({"h1": terms()})
    memory.fold([source()])
    (first,) = memory.clues
    memory.close(first, ClueState.CONFIRMED_POLICY)
    plan = memory.fold([source(rule_id="R-CIV-01", risk_type="22")])
    assert [clue.severity for clue in plan.clues] == [Severity.RED]
    assert memory.clues[first].severity is Severity.ORANGE


def test_excluded_orange_rule_does_not_count() -> None:
    memory = Memory({"h1": terms()})
    memory.fold([source()])
    (first,) = memory.clues
    memory.close(first, ClueState.EXCLUDED)
    plan = memory.fold([source(rule_id="R-CIV-01", risk_type="22")])
    assert [clue.severity for clue in plan.clues] == [Severity.ORANGE]


def excluded(**numbers: str) -> tuple[Memory, str]:
    """Give a memory with one excluded clue on these numbers."""
    memory = Memory({"h1": terms()})
    memory.fold([source(numbers=numbers)])
    (clue_id,) = memory.clues
    memory.close(clue_id, ClueState.EXCLUDED)
    return memory, clue_id


@pytest.mark.parametrize(
    ("changes", "is_quiet"),
    [
        ({"numbers": {"cost": "100"}}, True),
        ({"numbers": {"cost": "119.99"}}, True),
        ({"numbers": {"cost": "120"}}, False),  # 20 % is enough
        ({"numbers": {"cost": "50"}}, True),  # shrinking is no growth
        ({"numbers": {"other": "999"}}, True),  # a number that was not there before
        ({"person_id": "p2"}, False),  # other facts
        ({"rule_id": "R-MED-03"}, False),
        ({"severity": Severity.RED}, False),  # worse
        ({"severity": Severity.YELLOW}, True),
        ({"channel": Channel.SELF, "finding_id": None}, False),  # somebody asks for help
    ],
)
def test_same_facts_after_an_exclusion_are_quiet(changes: dict[str, Any], is_quiet: bool) -> None:
    memory, clue_id = excluded(cost="100")
    item = source(**({"numbers": {"cost": "100"}} | changes))
    plan = memory.fold([item])
    assert (item.id in plan.suppressed) is is_quiet
    assert (plan.placed[item.id] == clue_id) is is_quiet
    assert (plan.clues == []) is is_quiet


def test_quiet_ends_with_its_days() -> None:
    for days, is_quiet in ((89, True), (90, False)):
        memory, _ = excluded(cost="100")
        item = source(numbers={"cost": "100"})
        plan = memory.fold([item], NOW + timedelta(days=days))
        assert (item.id in plan.suppressed) is is_quiet


@pytest.mark.parametrize(
    ("is_running", "days", "state"),
    [
        (None, 3, ClueState.EXISTING_CASE),  # the registry has had no time to tell
        (None, 20, ClueState.DISPATCHED),
        (True, 200, ClueState.EXISTING_CASE),
        (False, 3, ClueState.DISPATCHED),  # rejected
    ],
)
def test_findings_on_a_running_identification_join_it(is_running: bool | None, days: int, state: ClueState) -> None:
    memory = Memory({"h1": terms()})
    memory.fold([source()])
    (clue_id,) = memory.clues
    memory.close(clue_id, ClueState.CONFIRMED_IDENTIFY, is_episode_running=is_running)
    plan = memory.fold([source(period="2026-11")], NOW + timedelta(days=days))
    assert [clue.state for clue in plan.clues] == [state]


def test_alert_kinds() -> None:
    memory = Memory({"h1": terms()})
    assert [clue.alert for clue in memory.fold([source(severity=Severity.YELLOW)]).clues] == [AlertKind.RAISED]
    again = memory.fold([source(severity=Severity.YELLOW, rule_id="R-MED-03")])
    assert [clue.alert for clue in again.clues] == [None]
    assert [clue.alert for clue in memory.fold([source(severity=Severity.RED)]).clues] == [AlertKind.ESCALATED]


@pytest.mark.parametrize(
    ("evidence", "numbers"),
    [
        ({"a": 3, "b": "12345.60", "c": 0.5}, {"a": "3", "b": "12345.60", "c": "0.5"}),
        ({"flag": True, "risk": "01", "day": "2026-10-31", "none": None, "text": "x"}, {}),
        ({"a": {"value": "7.5", "zh": "费用"}, "b": {"value": False}}, {"a": "7.5"}),
        ({"loss": "-12.00", "zero": "0", "cents": "0.05"}, {"loss": "-12.00", "zero": "0", "cents": "0.05"}),
        ({"list": [1], "exponent": "1e9", "blank": ""}, {}),
    ],
)
def test_numbers_among_the_facts(evidence: dict[str, Any], numbers: dict[str, str]) -> None:
    assert numeric_facts(evidence) == numbers


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
def test_growth_is_a_share_of_what_was(before: Decimal, now: Decimal) -> None:
    grown = has_grown({"x": str(before)}, {"x": str(now)}, Decimal("0.20"))
    assert grown == (now > before and now - before >= before * Decimal("0.20"))
