"""What a disaster may say, and how what it did to a household is told."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.disasters import rules
from alerts.disasters.rules import AffectedState, DisasterKind, Harm, HouseDamage, ToldBy
from contracts.vocabulary import Channel, RiskType
from sharing.catalogue.service import dataset_of

TODAY = date(2026, 7, 14)
COUNTY, TOWN, VILLAGE = "990101000000", "990101101000", "990101101201"


@pytest.mark.parametrize(
    ("areas", "from_on", "to_on", "expected"),
    [
        ([COUNTY], TODAY, None, set()),
        ([TOWN, "990101102201"], TODAY - timedelta(days=3), TODAY, set()),
        ([TOWN, "990102101000"], TODAY, None, {"areas.county"}),
        (["990100000000"], TODAY, None, {"areas.county"}),
        ([TOWN, TOWN], TODAY, None, {"areas.twice"}),
        ([TOWN], TODAY + timedelta(days=1), None, {"from_on.future"}),
        ([TOWN], TODAY, TODAY - timedelta(days=1), {"to_on.order"}),
        ([TOWN], TODAY, TODAY + timedelta(days=1), {"to_on.future"}),
    ],
)
def test_where_and_when_it_was(areas: list[str], from_on: date, to_on: date | None, expected: set[str]) -> None:
    county = COUNTY if areas[0].startswith("990101") else areas[0]
    assert {flaw.code for flaw in rules.flaws_of(county, areas, from_on, to_on, TODAY)} == expected


@pytest.mark.parametrize(
    ("given_on", "expected"),
    [
        (TODAY, []), (TODAY - timedelta(days=2), []), (TODAY - timedelta(days=3), ["given_on.early"]),
        (TODAY + timedelta(days=1), ["given_on.future"]),
    ],
)  # fmt: skip
def test_help_is_given_since_it_began_and_not_tomorrow(given_on: date, expected: list[str]) -> None:
    assert [flaw.code for flaw in rules.help_flaws(given_on, TODAY - timedelta(days=2), TODAY)] == expected


def test_every_source_comes_by_a_channel_and_every_kind_is_a_sudden_risk() -> None:
    """Domain rules 4.1 and 2.5: disasters are risk 02 with its kind, accidents 05."""
    assert set(rules.CHANNEL) == set(ToldBy)
    assert rules.CHANNEL[ToldBy.DEPARTMENT] is Channel.DEPARTMENT
    assert {kind.risk for kind in DisasterKind} == {RiskType.DISASTER, RiskType.ACCIDENT}
    assert [kind for kind in DisasterKind if kind.risk is RiskType.ACCIDENT] == [DisasterKind.ACCIDENT]


def test_a_village_is_hit_where_one_of_the_areas_holds_it() -> None:
    assert rules.is_hit(VILLAGE, [TOWN])
    assert rules.is_hit(VILLAGE, ["990101102000", VILLAGE])
    assert not rules.is_hit(VILLAGE, ["990101102000"])


def test_what_happened_is_said_in_both_languages_and_nothing_is_said_of_nothing() -> None:
    zh, en = Harm(injured=2, house_damage=HouseDamage.COLLAPSED, crop_loss=40, loss=Decimal("68000.00")).as_words()
    assert zh == "受伤2人，住房倒塌，作物损失40%，估计损失68000.00元"
    assert en == "2 injured, house: collapsed, 40% of the crops lost, an estimated 68000.00 yuan lost"
    assert Harm().as_words() == ("损失待核实", "the harm is to be verified")
    assert set(rules.SENTENCE) == {"zh", "en"}


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_is_between_nothing_and_all(part: int, more: int) -> None:
    share = rules.share(part, part + more)
    assert 0 <= share <= 1
    assert (share == 0) == (part == 0) or share < Decimal("0.0001")


def test_what_is_due_keeps_the_disaster_open() -> None:
    assert [state for state in AffectedState if state.is_due] == ["affected", "helped", "procedure"]


def test_the_emergency_department_names_the_same_kinds() -> None:
    """Its data and what a county declares are compared by people: one code, one word (domain rule 2.5)."""
    fields = dataset_of("DS-EMG-LOSS").fields
    declared = next(field.values for field in fields if field.code == "disaster_subtype")
    assert {kind.value: kind.label for kind in DisasterKind if kind is not DisasterKind.ACCIDENT} == {
        value.code: value.label for value in declared
    }
