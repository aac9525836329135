"""Packages of assistance: each answers what it says, and a plan that is begun from them needs nothing more (F-A08)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain, combinations

import pytest
from pydantic import ValidationError

from contracts.vocabulary import LabourLevel, RiskType
from registry.household import labour_class
from registry.plans import rules
from registry.plans.packages import Draft, Package, can_work, draft, packages
from registry.plans.rules import PlannedTask

TODAY = date(2026, 11, 20)
HOMES = {
    "capable": {"a": LabourLevel.ORDINARY, "b": LabourLevel.SKILLED, "c": LabourLevel.NONE},
    "weak": {"a": LabourLevel.WEAK, "c": LabourLevel.LOST},
    "none": {"c": LabourLevel.NONE, "d": LabourLevel.LOST},
}
RISKS = [*map(list, chain(combinations(RiskType, 1), combinations(RiskType, 2)))]


def drafted(labour: str, risks: list[RiskType], planned: frozenset[str] = frozenset()) -> Draft:
    home = HOMES[labour]
    return draft(risks, labour_class([*home.values()]), [*can_work(home)], planned, TODAY)


@pytest.mark.parametrize("labour", HOMES)
def test_a_draft_answers_every_risk_and_fits_the_ability_to_work(labour: str) -> None:
    """F-A20, F-A28, F-A29: what the checks of a plan demand is in it."""
    for risks in RISKS:
        found = drafted(labour, risks)
        errors, warnings = rules.remarks(
            risks=risks,
            labour=[*HOMES[labour].values()],
            is_willing=True,
            has_relief=labour == "none",
            tasks=[PlannedTask(task["category"], task["title"], ()) for task in found.tasks],
        )
        assert [error.detail for error in errors] == [], risks
        assert {warning.code for warning in warnings} <= {"plan.development_recommended"}
        assert {need["risk_type"] for need in found.needs} == set(risks)
        for task in found.tasks:
            assert all(rules.fits(task["category"], risk) and risk in risks for risk in task["risk_types"])
            assert TODAY < task["due_on"] <= TODAY + timedelta(days=366)


def test_whoever_can_work_has_a_task_of_their_own() -> None:
    """F-A47: re-employment is a task for each of them."""
    titles = [(task["title"], task["person_id"]) for task in drafted("capable", [RiskType.UNSTABLE_WORK]).tasks]
    assert titles == [
        ("登记就业意愿并推荐岗位", "a"), ("登记就业意愿并推荐岗位", "b"), ("就近安排帮扶车间或公益性岗位", None)
    ]  # fmt: skip


def test_what_is_planned_already_is_not_proposed_again() -> None:
    planned = frozenset({"核实并落实医疗救助"})
    titles = {task["title"] for task in drafted("none", [RiskType.ILLNESS], planned).tasks}
    assert titles == {"符合条件的申请临时救助", "家庭医生签约和随访"}


def test_one_task_that_answers_two_risks_is_proposed_once() -> None:
    tasks = drafted("capable", [RiskType.ILLNESS, RiskType.EXPENDITURE]).tasks
    assert len({(task["title"], task["person_id"]) for task in tasks}) == len(tasks)
    aid = next(task for task in tasks if task["title"] == "核实并落实医疗救助")
    assert aid["risk_types"] == [RiskType.ILLNESS, RiskType.EXPENDITURE]


def test_a_package_that_contradicts_itself_is_refused() -> None:
    first = packages()[0].model_dump(mode="json")
    with pytest.raises(ValidationError, match="does not answer"):
        Package.model_validate(first | {"tasks": [first["tasks"][0] | {"category": "M06"}]})
    with pytest.raises(ValidationError):
        Package.model_validate(first | {"surprise": 1})
