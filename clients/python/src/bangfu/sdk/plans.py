"""What the gateway answers about plans, their tasks, and measures."""

from __future__ import annotations

from datetime import date
from typing import Any

from bangfu.sdk.titles import Answer, Title


class Measure(Answer):
    """A measure of assistance."""

    id: str
    state: str
    version: int | None = None


class Plan(Answer):
    """The plan of a household (一户一策)."""

    episode_id: str
    version: int
    tasks: list[dict[str, Any]] = []


class PlanDraft(Answer):
    """What a plan may begin with: needs and tasks as a plan takes them; nobody may be named for a task yet."""

    episode_id: str
    needs: list[dict[str, Any]] = []
    tasks: list[dict[str, Any]] = []
    helper: str | None = None
    without_package: list[str] = []


class PlanTask(Answer):
    """A task of a household's plan."""

    id: str
    episode_id: str
    household_id: str
    title: Title | None = None
    task_title: str
    department: str
    person: str
    due_on: date
    state: str
    version: int | None = None
