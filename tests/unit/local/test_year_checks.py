"""The year's own checks: what is late though nobody planted it, and who was told how often, is never passed over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bangfu.sdk.models import Duty
from bangfu_local.demo.show import Show
from bangfu_local.year.planted import Planted, escalation_fact, late_facts
from bangfu_local.year.report import YearReport, escalations, tally
from bangfu_local.year.summary import summarise

TODAY, DUE = date(2027, 12, 20), date(2027, 6, 15)


def duty(state: str, closed_after: int | None, *, duty_id: str = "d-1", kind: str = "D10", **more: Any) -> Duty:
    """A duty that is due on 15 June: a look-back, which goes to the township after 1 day, to the county after 8."""
    closed_on = None if closed_after is None else (DUE + timedelta(days=closed_after)).isoformat()
    facts = {
        "id": duty_id, "kind": kind, "kind_label": {"zh": "回头看", "en": "look back"}, "subject_id": "e-1",
        "area_code": "990101101201", "assignee": "village", "due_on": DUE.isoformat(), "state": state,
        "is_overdue": False, "closed_on": closed_on, "opened_at": "2027-03-15T01:00:00Z",
    }  # fmt: skip
    return Duty.model_validate(facts | more)


@pytest.mark.parametrize(
    ("state", "closed_after", "counted"),
    [
        ("done", 0, {"kept": 1}),
        ("done", 1, {"late": 1}),
        ("cancelled", -1, {"cancelled": 1}),
        ("cancelled", 9, {"cancelled": 1, "late": 1}),
        ("open", None, {"late": 1}),
    ],
)
def test_each_duty_is_counted_as_what_became_of_it(
    state: str, closed_after: int | None, counted: dict[str, int]
) -> None:
    row = tally([duty(state, closed_after)], TODAY)["D10"].model_dump()
    assert {name: count for name, count in row.items() if count} == {"opened": 1, **counted}


def test_a_duty_whose_day_is_to_come_is_open_and_not_late() -> None:
    assert tally([duty("open", None)], DUE)["D10"].model_dump() == {
        "opened": 1, "kept": 0, "late": 0, "escalated": 0, "open": 1, "cancelled": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("closed_after", "levels"), [(0, 0), (1, 1), (7, 1), (8, 2), (31, 3), (None, 3)])
def test_a_duty_goes_once_to_each_level_whose_day_came_while_it_was_open(closed_after: int | None, levels: int) -> None:
    assert escalations(duty("open" if closed_after is None else "done", closed_after), TODAY) == levels


def test_of_steps_that_were_past_when_a_duty_was_opened_the_last_one_is_done() -> None:
    assert escalations(duty("done", 40, opened_at="2027-06-24T01:00:00Z"), TODAY) == 2
    assert escalations(duty("done", 10, opened_at="2027-06-15T15:59:00Z"), TODAY) == 2


def test_what_is_late_though_nobody_planted_it_and_what_was_planted_and_kept_are_both_found() -> None:
    planted = [Planted("", "look-backs", 1, lambda each: each.kind == "D10")]
    late, kept, strange = duty("done", 3), duty("done", 0), duty("open", None, duty_id="x", kind="D06")
    assert [fact.holds for fact in late_facts([late], planted, TODAY)] == [True, True]
    assert [fact.holds for fact in late_facts([kept], planted, TODAY)] == [False, True]
    found = late_facts([late, strange], planted, TODAY)
    assert ([fact.holds for fact in found], found[-1].found) == ([True, False], f"1; D06 990101101000 {DUE} open - x")


def test_an_alert_too_many_or_too_few_is_found() -> None:
    late = duty("done", 8)
    assert escalation_fact([late], {"d-1": 2}, TODAY).holds
    assert not escalation_fact([late], {"d-1": 3}, TODAY).holds
    assert not escalation_fact([late], {}, TODAY).holds


def test_the_tables_say_what_became_of_each_kind_and_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    report = YearReport(seed=7, began_on=DUE, ended_on=TODAY, duties=tally([duty("done", 3)], TODAY))
    summarise(Show(is_quiet=False), report)
    assert "全部一致" in capsys.readouterr().out
    report.failures.append("a relapse was not found")
    summarise(Show(is_quiet=False), report)
    said = capsys.readouterr().out
    assert "全部一致" not in said
    assert "1 处不符" in said
