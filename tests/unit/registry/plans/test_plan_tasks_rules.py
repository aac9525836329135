"""Which tasks of the plan that holds a revision means, and what a task's result must say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plans import rules
from registry.plans.rules import Obstacle, TaskState

DAY = date(2026, 11, 21)


def said(title: str, name: str | None = None) -> dict[str, Any]:
    return {"id": name, "title": title}


STANDING = {name: said(title, name) for name, title in (("a", "救助"), ("b", "就业"), ("c", "就业"))}


@pytest.mark.parametrize(
    ("tasks", "ids"),
    [
        ([said("救助"), said("就业"), said("就业")], ["a", "b", "c"]),  # sent again as it was
        ([said("就业"), said("就业"), said("就业")], ["b", "c", None]),
        ([said("公益岗位", "b"), said("就业")], ["b", "c"]),
        ([said("就业", "b"), said("就业")], ["b", "c"]),
        ([said("产业")], [None]),
        ([said("救助", "x")], ["x"]),
        ([], []),
    ],
)
def test_a_task_is_the_one_that_it_names_or_says_again(tasks: list[dict[str, Any]], ids: list[str | None]) -> None:
    """F-A37."""
    assert [task["id"] for task in rules.identified(tasks, STANDING)] == ids


@given(st.lists(st.builds(said, st.sampled_from("救就产"), st.sampled_from([None, "a", "b", "c"]))))
def test_no_task_of_the_plan_is_taken_twice_that_was_not_named_twice(tasks: list[dict[str, Any]]) -> None:
    named = [task["id"] for task in tasks if task["id"]]
    found = [task["id"] for task in rules.identified(tasks, STANDING) if task["id"]]
    assert len(found) - len(set(found)) == len(named) - len(set(named))
    assert [task["title"] for task in rules.identified(tasks, STANDING)] == [task["title"] for task in tasks]


@pytest.mark.parametrize(
    ("tasks", "codes"),
    [
        ([said("救助", "a"), said("公益岗位", "b"), said("产业")], []),
        ([said("救助", "x")], ["task.unknown"]),
        ([said("救助", "a"), said("救助", "a")], ["task.repeated"]),
        ([said("公益岗位", "c")], ["task.settled"]),
        ([said("就业", "c")], []),
    ],
)
def test_a_revision_names_tasks_of_the_plan_that_holds_once(tasks: list[dict[str, Any]], codes: list[str]) -> None:
    assert [fault.code for fault in rules.task_faults(tasks, STANDING, {"c"})] == codes


@pytest.mark.parametrize(
    ("before", "to", "obstacle", "note", "codes"),
    [
        ("open", "cannot", "declined", "农户不愿意", []),
        ("open", "cannot", None, None, ["obstacle.missing", "note.missing"]),
        ("open", "done", "declined", None, ["obstacle.unexpected"]),
        ("open", "done", None, None, []),
        ("done", "open", None, None, ["note.missing"]),
        ("done", "open", None, "误报", []),
        ("cannot", "open", None, None, ["note.missing"]),
        ("cannot", "cannot", None, None, []),
    ],
)
def test_what_cannot_be_done_and_what_is_taken_back_say_why(
    before: str, to: str, obstacle: str | None, note: str | None, codes: list[str]
) -> None:
    turn = rules.task_turn(TaskState(before), TaskState(to))
    found = rules.obstacle_faults(turn, Obstacle(obstacle) if obstacle else None, note)
    assert [fault.code for fault in found] == codes


@pytest.mark.parametrize(
    ("on", "evidence", "codes"),
    [
        (DAY, "R-1", []),
        (None, None, ["done_on.missing", "evidence.missing"]),
        (date(2026, 11, 22), "R-1", ["done_on.range"]),
        (date(2026, 11, 9), "R-1", ["done_on.range"]),
    ],
)
def test_a_task_is_done_on_a_possible_day_with_evidence(
    on: date | None, evidence: str | None, codes: list[str]
) -> None:
    turn = rules.task_turn(TaskState.OPEN, TaskState.DONE)
    identified_on = date(2026, 11, 10)
    found = rules.done_faults(turn, "done_on", on, evidence=evidence, since=identified_on, today=DAY)
    assert [fault.code for fault in found] == codes
