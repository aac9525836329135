"""What the policy profiles say in an area."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from alerts.directory.rules import PolicyBook
from alerts.directory.tables import PolicyProfile
from contracts.vocabulary import Severity


def test_policy_of_an_area_follows_its_profiles_and_the_declared_defaults() -> None:
    county = PolicyProfile(
        region="990101000000",
        version=1,
        effective_from=date(2026, 1, 1),
        source_document="x",
        parameters={"alerts.orange_to_red": "4", "clock.verify_days_red": "2", "income.monitoring_line": "8500"},
    )
    book = PolicyBook([county], date(2026, 11, 1))
    policy = book.for_area("990101101201")
    assert (policy.orange_to_red, policy.verify_within[Severity.RED]) == (4, timedelta(days=2))
    default = book.for_area("990301101201")
    assert [default.verify_within[severity].days for severity in Severity] == [3, 7, 10, 30]
    assert (default.quiet.days, default.growth_share, default.verifiers_min) == (90, Decimal("0.20"), 2)
