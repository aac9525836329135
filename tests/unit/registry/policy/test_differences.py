"""What a proposed profile changes, and how far a proposal has come."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.parameters import DEFAULTS, PARAMETERS, Value
from registry.policy.differences import PHASES, changes, moved_kinds, phase_of


@pytest.mark.parametrize(
    ("state", "is_activated", "phase"),
    [
        ("open", False, "draft"),
        ("confirmed", False, "reviewed"),
        ("confirmed", True, "active"),
        ("rejected", False, "rejected"),
    ],
)
def test_a_draft_is_reviewed_by_another_and_active_on_its_day(state: str, is_activated: bool, phase: str) -> None:
    assert phase_of(state, is_activated=is_activated) == phase
    assert phase in PHASES


def test_a_change_is_said_with_title_unit_and_both_values() -> None:
    wanted: dict[str, Value] = {"clock.plan_limit_days": Decimal(12), "income.monitoring_line": Decimal(9000)}
    line, days = changes(DEFAULTS, wanted | {"alerts.gap_days": DEFAULTS["alerts.gap_days"]})
    assert (line.name, line.before, line.after) == ("income.monitoring_line", Decimal(8500), Decimal(9000))
    assert (line.title.zh, line.unit.zh) == ("监测线", "元/人·年")
    assert days.name == "clock.plan_limit_days"
    assert moved_kinds([line]) == []
    assert moved_kinds([days]) == ["D06"]


def test_nothing_changes_with_what_holds() -> None:
    assert changes(DEFAULTS, DEFAULTS) == []
    assert DEFAULTS.keys() == PARAMETERS.keys()
