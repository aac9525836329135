"""Which measure answers which risk, and what a plan must contain."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import LabourLevel, RiskType
from registry.plans import rules
from registry.plans.rules import MeasureState, PlannedTask

L = LabourLevel


@pytest.mark.parametrize(
    ("risk", "fitting"),
    [
        (RiskType.ILLNESS, {"M07", "M10", "M11"}),
        (RiskType.SCHOOLING_COST, {"M08", "M09", "M11"}),
        (RiskType.DISABILITY, {"M10", "M11"}),
        (RiskType.HOUSING, {"M05", "M12"}),
        (RiskType.WATER, {"M06"}),
        (RiskType.DROPOUT, {"M08"}),
        (RiskType.UNSTABLE_WORK, {"M02", "M04"}),
        (RiskType.PROJECT_FAILED, {"M01", "M03"}),
        (RiskType.NO_LABOUR, {"M10", "M04"}),
        (RiskType.ACCIDENT, {"M05", "M10", "M11", "M13"}),
    ],
)
def test_measures_answer_risks(risk: RiskType, fitting: set[str]) -> None:
    """F-A07."""
    assert {category.value for category in MeasureCategory if rules.fits(category, risk)} == fitting


def test_every_risk_has_an_answer() -> None:
    assert all(any(rules.fits(category, risk) for category in MeasureCategory) for risk in RiskType)


def codes(
    labour: list[LabourLevel],
    *tasks: tuple[str, str],
    willing: bool = True,
    relief: bool = False,
    excused: tuple[RiskType, ...] = (),
) -> set[tuple[str, bool]]:
    errors, warnings = rules.remarks(
        risks=[RiskType.ILLNESS],
        labour=labour,
        is_willing=willing,
        has_relief=relief,
        tasks=[PlannedTask(MeasureCategory(category), item, ()) for category, item in tasks],
        excused=excused,
    )
    return {(error.code, True) for error in errors} | {(warning.code, False) for warning in warnings}


def test_labour_capable_and_willing_must_get_a_development_measure() -> None:
    """F-A20, F-A28: 防止一兜了之."""
    aid = ("M07", "医疗救助")
    assert codes([L.ORDINARY], aid) == {("plan.no_development_measure", True)}
    assert codes([L.ORDINARY], aid, ("M02", "帮扶车间")) == set()
    assert codes([L.ORDINARY], aid, ("M02", "技能培训")) == {("plan.no_development_measure", True)}
    assert codes([L.ORDINARY], aid, willing=False) == set()


def test_weak_labour_is_advised_and_no_labour_needs_security() -> None:
    """F-A29, F-A30."""
    aid = ("M07", "医疗救助")
    assert codes([L.WEAK, L.NONE], aid) == {("plan.development_recommended", False)}
    assert codes([L.NONE], aid) == {("plan.no_security", False)}
    assert codes([L.NONE], aid, relief=True) == set()
    assert codes([L.NONE], aid, ("M10", "低保")) == set()


def test_a_risk_is_answered_or_it_is_written_why_not() -> None:
    assert codes([L.NONE], ("M10", "低保")) == set()
    assert codes([L.NONE], ("M10", "低保"), ("M05", "改造")) == set()
    assert ("plan.risk_uncovered", True) in codes([L.NONE], ("M05", "改造"), relief=True)
    assert codes([L.NONE], ("M05", "改造"), relief=True, excused=(RiskType.ILLNESS,)) == set()


@pytest.mark.parametrize(
    ("entered_at", "days"),
    [
        (datetime(2026, 11, 25, 15, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 25, 16, 1, tzinfo=UTC), 1),  # past midnight in the county
        (datetime(2026, 12, 5, 3, 0, tzinfo=UTC), 10),
    ],
)
def test_days_until_a_measure_is_entered_are_counted_in_the_county(entered_at: datetime, days: int) -> None:
    """F-A31."""
    assert rules.entry_lag(date(2026, 11, 25), entered_at) == days
    assert rules.entry_lag(None, entered_at) is rules.entry_lag(date(2026, 11, 25), None) is None


def test_implemented_measures_are_never_planned_again() -> None:
    state = MeasureState
    assert rules.may_move(state.PLANNED, state.IMPLEMENTED)
    assert rules.may_move(state.IMPLEMENTED, state.STOPPED)
    assert not rules.may_move(state.IMPLEMENTED, state.PLANNED)
    assert not rules.may_move(state.NOT_SUITABLE, state.IN_PROGRESS)


@pytest.mark.parametrize(
    ("before", "to", "obstacle", "note", "codes"),
    [
        ("planned", "not_suitable", "declined", "农户不愿意", []),
        ("planned", "not_suitable", None, None, ["obstacle.missing", "note.missing"]),
        ("in_progress", "stopped", "exhausted", None, ["note.missing"]),
        ("implemented", "stopped", None, None, []),  # it ran its time
        ("implemented", "stopped", "declined", "x", ["obstacle.unexpected"]),
        ("implemented", "in_progress", None, None, ["note.missing"]),
        ("implemented", "in_progress", None, "误报", []),
        ("planned", "in_progress", None, None, []),
        ("planned", "implemented", "changed", "x", ["obstacle.unexpected"]),
    ],
)
def test_what_cannot_be_done_and_what_is_taken_back_say_why(
    before: str, to: str, obstacle: str | None, note: str | None, codes: list[str]
) -> None:
    said = rules.Obstacle(obstacle) if obstacle else None
    found = rules.obstacle_faults(rules.measure_turn(MeasureState(before), MeasureState(to)), said, note)
    assert [remark.code for remark in found] == codes


def test_implementation_needs_a_possible_date_and_evidence() -> None:
    """F-A31."""
    today = date(2026, 11, 21)

    def faults(on: date | None, evidence: str | None) -> list[str]:
        turn = rules.measure_turn(MeasureState.IN_PROGRESS, MeasureState.IMPLEMENTED)
        found = rules.done_faults(turn, "implemented_on", on, evidence=evidence, since=date(2026, 11, 10), today=today)
        return [remark.code for remark in found]

    assert faults(today, "R-1") == []
    assert faults(None, " ") == ["implemented_on.missing", "evidence.missing"]
    assert faults(date(2026, 11, 22), "R-1") == ["implemented_on.range"]
    assert faults(date(2026, 11, 9), "R-1") == ["implemented_on.range"]
