"""Who may help a household; a rotation leaves none of those who had a helper without one (F-A49, F-G16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import StaffRole
from registry.pairings import rules
from registry.pairings.rules import Held
from registry.terms import Term

TOWN, VILLAGE, OTHER_VILLAGE = "990101101000", "990101101201", "990101102201"
DAY = date(2026, 11, 1)
R = StaffRole


@pytest.mark.parametrize(
    ("term", "village", "expected"),
    [
        (Term(R.HELPER, TOWN, DAY), VILLAGE, True),
        (Term(R.HELPER, VILLAGE, DAY, DAY), VILLAGE, True),
        (Term(R.HELPER, TOWN, DAY), OTHER_VILLAGE, False),
        (Term(R.VILLAGE, VILLAGE, DAY), VILLAGE, False),
        (Term(R.HELPER, TOWN, DAY + timedelta(days=1)), VILLAGE, False),
        (Term(R.HELPER, TOWN, DAY - timedelta(days=9), DAY - timedelta(days=1)), VILLAGE, False),
    ],
)
def test_who_serves(term: Term, village: str, expected: bool) -> None:
    assert rules.serves([term], village, DAY) is expected


def test_a_successor_must_be_able_to_help_and_the_chosen_one_goes_before_the_one_for_all() -> None:
    left = [Held("1", VILLAGE, DAY), Held("2", OTHER_VILLAGE, DAY), Held("3", VILLAGE, DAY)]
    helpers = {"a": [Term(R.HELPER, TOWN, DAY)], "b": [Term(R.HELPER, VILLAGE, DAY)]}
    planned = rules.plan(left, helpers, {"3": "b"}, "a", DAY)
    assert (planned.moves, [each.household_id for each in planned.left]) == ({"1": "a", "3": "b"}, ["2"])


def test_a_pairing_that_begins_later_goes_on_from_its_own_day() -> None:
    later = DAY + timedelta(days=30)
    held = [Held("1", VILLAGE, later)]
    assert rules.plan(held, {"a": [Term(R.HELPER, TOWN, later)]}, {}, "a", DAY).left == []
    assert rules.left_by(held, [Term(R.HELPER, TOWN, DAY, later - timedelta(days=1))], DAY) == held


@dataclass
class Model:
    """A roster in memory that decides by the rules, as the service does."""

    terms: dict[str, list[Term]] = field(default_factory=dict)
    helper: dict[str, str] = field(default_factory=dict)
    village: dict[str, str] = field(default_factory=dict)

    def held(self, staff: str) -> list[Held]:
        return [Held(home, self.village[home], DAY) for home, who in self.helper.items() if who == staff]

    def pair(self, home: str, village: str, staff: str) -> None:
        if rules.serves(self.terms.get(staff, ()), self.village.get(home, village), DAY):
            self.village.setdefault(home, village)
            self.helper[home] = staff

    def end(self, staff: str, number: int, successors: dict[str, str], default: str | None, *, rotates: bool) -> None:
        held = self.terms.get(staff, [])
        if not held:
            return
        remaining = [term for place, term in enumerate(held) if place != number % len(held)]
        left = rules.left_by(self.held(staff), remaining, DAY)
        if not rotates and left:
            return
        planned = rules.plan(left, self.terms | {staff: remaining}, successors, default, DAY)
        if planned.left:
            return
        self.helper |= planned.moves
        self.terms[staff] = remaining


staff_ids = st.sampled_from("abc")
homes = st.sampled_from("1234")
steps = st.one_of(
    st.tuples(st.just("appoint"), staff_ids, st.sampled_from([TOWN, VILLAGE, OTHER_VILLAGE, "990101000000"])),
    st.tuples(st.just("pair"), homes, st.sampled_from([VILLAGE, OTHER_VILLAGE]), staff_ids),
    st.tuples(
        st.just("end"), staff_ids, st.integers(0, 5), st.dictionaries(homes, staff_ids), st.none() | staff_ids,
        st.booleans(),
    ),
)  # fmt: skip


@given(st.lists(steps, max_size=40))
def test_after_any_sequence_no_household_that_had_a_helper_is_without_one(wanted: list[tuple[object, ...]]) -> None:
    model, paired = Model(), set[str]()
    for step in wanted:
        match step:
            case ("appoint", str(staff), str(area)):
                model.terms.setdefault(staff, []).append(Term(R.HELPER, area, DAY))
            case ("pair", str(home), str(village), str(staff)):
                model.pair(home, village, staff)
            case ("end", str(staff), int(number), dict(successors), default, bool(rotates)):
                model.end(staff, number, successors, default, rotates=rotates)  # type: ignore[arg-type]
        paired |= model.helper.keys()
        for home in paired:
            assert rules.serves(model.terms[model.helper[home]], model.village[home], DAY)
