"""What a household's file tells of its plans, their tasks, and measures."""

from __future__ import annotations

from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department
from registry.plans.rules import MeasureState, TaskState
from servicekit.differences import state_differs
from servicekit.entries import OF_DEPARTMENT, Source, own

_READ = ("episodes:read",)
_FORMER = "(SELECT to_json(b.state) FROM {table} b WHERE b.{subject} = s.{subject} AND b.version = s.version - 1)"

TIMELINE = (
    Source(
        kinds=("plan_made",),
        rows=f"plan p JOIN episode e ON e.id = p.episode_id WHERE e.household_id = {own()}",
        key=("p.episode_id", "p.version"),
        at="p.recorded_at",
        household="p.household_id",
        occurred_on="CASE WHEN p.version = 1 THEN p.made_on END",
        by="p.recorded_by",
        link="'/v1/episodes/' || p.episode_id || '/plan'",
        facts={"version": "p.version", "tasks": "jsonb_array_length(p.tasks)", "is_willing": "p.is_willing"},
        scopes=_READ,
    ),
    Source(
        kinds=("plan_task",),
        rows=(
            "plan_task_step s JOIN plan_task t ON t.id = s.plan_task_id JOIN episode e ON e.id = t.episode_id"
            f" WHERE e.household_id = {own()} AND {OF_DEPARTMENT.format(column='t.department')}"
        ),
        key=("s.plan_task_id", "s.version"),
        at="s.recorded_at",
        household="t.household_id",
        occurred_on="CAST(s.changes ->> 'done_on' AS date)",
        by="s.client_id",
        link="'/v1/plan-tasks/' || t.id",
        facts={"department": "t.department", "state": "s.state", "due_on": "t.due_on"},
        words={"department": Department, "state": TaskState},
        before=_FORMER.format(table="plan_task_step", subject="plan_task_id"),
        after="to_json(s.state)",
        compare=state_differs("任务状态", "state of the task"),
        scopes=(*_READ, "duties:read"),
    ),
    Source(
        kinds=("measure",),
        rows=(
            "measure_step s JOIN measure m ON m.id = s.measure_id JOIN episode e ON e.id = m.episode_id"
            f" WHERE e.household_id = {own()} AND {OF_DEPARTMENT.format(column='m.responsible_department')}"
        ),
        key=("s.measure_id", "s.version"),
        at="s.recorded_at",
        household="m.household_id",
        occurred_on="CAST(s.changes ->> 'implemented_on' AS date)",
        by="s.client_id",
        link="'/v1/measures/' || m.id",
        facts={
            "category": "m.category", "department": "m.responsible_department", "state": "s.state",
            "planned_on": "m.planned_on", "person_id": "m.person_id",
        },
        words={"category": MeasureCategory, "department": Department, "state": MeasureState},
        before=_FORMER.format(table="measure_step", subject="measure_id"),
        after="to_json(s.state)",
        compare=state_differs("措施状态", "state of the measure"),
        scopes=_READ,
    ),
)  # fmt: skip
