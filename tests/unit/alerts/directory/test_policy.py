"""Policy resolution."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from alerts.directory.rules import SHIPPED, PolicyBook, policy_of, regions_of
from contracts.vocabulary import Severity

VILLAGE = "990101101201"


def test_regions_go_from_the_nation_to_the_village() -> None:
    assert list(regions_of(VILLAGE)) == [
        "000000000000",
        "990000000000",
        "990100000000",
        "990101000000",
        "990101101000",
        VILLAGE,
    ]
    assert list(regions_of("990101000000"))[-1] == "990101000000"


def test_nearest_profile_wins_parameter_by_parameter() -> None:
    book = PolicyBook(
        {
            "000000000000": {"alerts.orange_to_red": Decimal(2), "clock.verify_days_red": Decimal(3)},
            "990101000000": {"alerts.orange_to_red": Decimal(4)},
            "990201000000": {"alerts.orange_to_red": Decimal(9)},
        }
    )
    policy = book.for_area(VILLAGE)
    assert policy.orange_to_red == 4
    assert policy.verify_within[Severity.RED] == timedelta(days=3)
    assert book.for_area("990301101201").orange_to_red == 2


def test_shipped_values_hold_until_a_profile_arrives() -> None:
    policy = PolicyBook({}).for_area(VILLAGE)
    assert policy == policy_of(SHIPPED)
    assert [policy.verify_within[severity].days for severity in Severity] == [3, 7, 10, 30]
    assert (policy.quiet.days, policy.growth_share, policy.verifiers_min) == (90, Decimal("0.20"), 2)


def test_parameters_may_come_as_text_and_others_are_ignored() -> None:
    policy = policy_of({"alerts.orange_to_red": "3", "income.monitoring_line": "8500"})
    assert policy.orange_to_red == 3
