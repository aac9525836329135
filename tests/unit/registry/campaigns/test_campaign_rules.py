"""Which result of a household stands, what a campaign's days may be, and what villages and counties have to do."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.parameters import resolve
from contracts.vocabulary import CampaignKind, CampaignTaskState, ContactOutcome
from registry.campaigns.rules import (
    Begun,
    County,
    Standing,
    Tally,
    county_duties,
    day_faults,
    standing,
    state_of,
    village_duty,
)

COUNTY = "990101000000"
OPEN, NO_RISK, RISK, ABSENT, REFUSED = CampaignTaskState
TODAY = date(2026, 11, 10)
ALL = frozenset(CampaignKind)


@dataclass
class Version:
    region: str
    parameters: dict[str, Any]
    version: int = 1
    effective_from: date = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("outcome", "has_risks", "state"),
    [
        (ContactOutcome.MET, False, NO_RISK),
        (ContactOutcome.MET, True, RISK),
        (ContactOutcome.ABSENT, False, ABSENT),
        (ContactOutcome.REFUSED, False, REFUSED),
    ],
)
def test_what_a_visit_makes_of_a_task(outcome: ContactOutcome, has_risks: bool, state: CampaignTaskState) -> None:
    assert state_of(outcome, has_risks=has_risks) is state


@pytest.mark.parametrize(
    ("known", "told", "stands"),
    [
        (Standing(OPEN), Standing(ABSENT, date(2026, 11, 2), "b"), "told"),
        (Standing(ABSENT, date(2026, 11, 5), "a"), Standing(NO_RISK, date(2026, 11, 2), "b"), "told"),
        (Standing(NO_RISK, date(2026, 11, 5), "a"), Standing(ABSENT, date(2026, 11, 8), "b"), "known"),
        (Standing(NO_RISK, date(2026, 11, 5), "a"), Standing(RISK, date(2026, 11, 2), "b"), "known"),  # late, older
        (Standing(NO_RISK, date(2026, 11, 5), "a"), Standing(RISK, date(2026, 11, 6), "b"), "told"),
        (Standing(RISK, date(2026, 11, 5), "a"), Standing(NO_RISK, date(2026, 11, 5), "b"), "told"),  # told later
        (Standing(REFUSED, date(2026, 11, 9), "a"), Standing(NO_RISK, date(2026, 11, 2), "b"), "told"),
    ],
)
def test_which_of_two_results_stands(known: Standing, told: Standing, stands: str) -> None:
    assert standing(known, told) is {"known": known, "told": told}[stands]


results = st.builds(
    Standing, st.sampled_from([NO_RISK, RISK, ABSENT, REFUSED]), st.dates(date(2026, 11, 1), date(2026, 11, 4)),
    st.uuids().map(str),
)  # fmt: skip


@given(st.lists(results, min_size=1, max_size=4, unique_by=lambda each: each.contact_id))
def test_the_same_result_stands_in_whatever_order_apps_hand_them_in(told: list[Standing]) -> None:
    """F-A11: results of apps that were offline come late and mixed."""
    stood = {reduce(standing, order, Standing(OPEN)) for order in itertools.permutations(told)}
    assert len(stood) == 1
    assert standing(stood.copy().pop(), told[0]) in stood, "told twice is told once"


@pytest.mark.parametrize(
    ("from_on", "until_on", "code"),
    [
        (date(2026, 11, 1), date(2026, 12, 15), None),
        (date(2026, 11, 10), date(2026, 11, 10), None),
        (date(2026, 11, 11), date(2026, 11, 10), "until_on.before"),
        (date(2026, 10, 1), date(2026, 11, 9), "until_on.past"),
        (date(2026, 11, 1), date(2027, 11, 3), "until_on.long"),
    ],
)
def test_days_of_a_campaign(from_on: date, until_on: date, code: str | None) -> None:
    assert [fault.code for fault in day_faults(from_on, until_on, TODAY)] == ([code] if code else [])


def test_a_village_is_done_when_nobody_is_to_be_visited_any_more() -> None:
    begins, ends = date(2026, 11, 1), date(2026, 12, 15)
    waits = village_duty("c", begins, ends, Tally("990101101201", 3, 1, date(2026, 11, 3)))
    assert (waits.outcome, waits.counts_from, waits.due_on) == (None, date(2026, 10, 31), ends)
    done = village_duty("c", begins, ends, Tally("990101101201", 3, 0, date(2026, 11, 9)))
    assert (done.outcome, done.closed_on) == ("done", date(2026, 11, 9))


def owed(
    today: date, *begun: Begun, known: tuple[str, ...] = (), kinds: frozenset[CampaignKind] = ALL, **parameters: str
) -> dict[str, tuple[date, str | None]]:
    values = {f"campaigns.{name}": value for name, value in parameters.items()}
    county = County(COUNTY, resolve([Version(COUNTY, values)], COUNTY, today), kinds, begun)
    return {said.duty_id[4:]: (said.due_on, said.outcome) for _, said in county_duties(county, known, today)}


def test_a_county_owes_two_sweeps_a_year_and_what_else_policy_says() -> None:
    """F-A18, F-A34, F-D01."""
    assert owed(TODAY) == {
        "990101-sweep-2026-07": (date(2026, 12, 31), None),
        "990101-verification-2026-01": (date(2026, 12, 31), None),
        "990101-followup-2026-10": (date(2026, 12, 31), None),
    }
    assert owed(TODAY, sweeps_per_year="0", verifications_per_year="2", follow_ups_per_year="12") == {
        "990101-verification-2026-07": (date(2026, 12, 31), None),
        "990101-followup-2026-11": (date(2026, 11, 30), None),
    }
    assert owed(TODAY, kinds=frozenset()) == {}, "nobody whom they would concern"


def test_a_sweep_keeps_its_half_year_and_makes_up_for_the_one_before() -> None:
    kinds = frozenset({CampaignKind.SWEEP})
    missed = "S01-990101-sweep-2026-01"
    assert owed(TODAY, known=(missed,), kinds=kinds) == {
        "990101-sweep-2026-01": (date(2026, 6, 30), None), "990101-sweep-2026-07": (date(2026, 12, 31), None),
    }  # fmt: skip
    made = Begun(CampaignKind.SWEEP, date(2026, 11, 1))
    assert {each[1] for each in owed(TODAY, made, known=(missed,), kinds=kinds).values()} == {"done"}
    early = Begun(CampaignKind.SWEEP, date(2026, 6, 1))
    assert owed(TODAY, early, kinds=kinds)["990101-sweep-2026-07"][1] is None
    other = Begun(CampaignKind.FOLLOW_UP, date(2026, 11, 1))
    assert owed(TODAY, other, kinds=kinds)["990101-sweep-2026-07"][1] is None
