"""What the routes of plans, their tasks and measures compare with the caller's areas and department."""

from __future__ import annotations

from .route_case import Case, body, ids
from .two_townships import PLAN

MEASURE = {
    "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "CIV",
    "responsible_person": "staff-1", "planned_on": "2026-11-20",
}  # fmt: skip
EPISODE, PLAN_TASK = ids(episode_id="episode"), ids(plan_task_id="plan_task")

PLANS: dict[tuple[str, str], Case] = {
    ("PUT", "/v1/episodes/{episode_id}/plan"): Case("object", "object", path=EPISODE, make=body(PLAN)),
    ("GET", "/v1/episodes/{episode_id}/plan"): Case("object", "object", path=EPISODE),
    ("GET", "/v1/episodes/{episode_id}/plan/draft"): Case("object", "object", path=EPISODE),
    ("GET", "/v1/plan-packages"): Case("open", why="what is usually planned for a risk: nothing of anybody"),
    ("POST", "/v1/episodes/{episode_id}/measures"): Case("object", "object", path=EPISODE, make=body(MEASURE)),
    ("GET", "/v1/episodes/{episode_id}/measures"): Case("object", "list", path=EPISODE),
    ("GET", "/v1/households/{household_id}/continuing-measures"): Case(
        "object", "list", path=ids(household_id="household")
    ),
    ("GET", "/v1/households/{household_id}/aid"): Case("object", "list", path=ids(household_id="household")),
    ("GET", "/v1/measures/{measure_id}"): Case("object", "object", path=ids(measure_id="measure"), owner="civ-b"),
    ("PATCH", "/v1/measures/{measure_id}"): Case(
        "object",
        "object",
        path=ids(measure_id="measure"),
        owner="civ-b",
        make=body({"state": "implemented", "implemented_on": "2026-11-10", "evidence": "E-1"}),
    ),
    ("GET", "/v1/plan-tasks"): Case("list", "list", owner="civ-b"),
    ("GET", "/v1/plan-tasks/{plan_task_id}"): Case("object", "object", path=PLAN_TASK, owner="civ-b"),
    ("PATCH", "/v1/plan-tasks/{plan_task_id}"): Case(
        "object",
        "object",
        path=PLAN_TASK,
        owner="civ-b",
        make=body({"state": "done", "done_on": "2026-11-10", "evidence": "E-1"}),
    ),
}
