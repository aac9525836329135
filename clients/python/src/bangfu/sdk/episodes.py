"""Episodes of monitoring, their plans and measures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any

from bangfu.sdk.decisions import Deciding
from bangfu.sdk.models import Answer, Episode
from bangfu.sdk.plans import Measure, Plan, PlanDraft, PlanTask


class Episodes(Deciding):
    """`/v1/episodes`, `/v1/plan-tasks`, `/v1/measures`: identification, plan, tasks, measures."""

    _decided = "/v1/episodes"

    def list(
        self, *, area: str | None = None, state: str | None = None, overdue: bool | None = None, limit: int = 200
    ) -> AsyncIterator[Episode]:
        """Yield episodes."""
        return self._http.items("/v1/episodes", Episode, area=area, state=state, overdue=overdue, limit=limit)

    async def get(self, episode_id: str) -> tuple[Episode, str]:
        """Read one episode with its history, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/episodes/{episode_id}", Episode)

    async def newer(self, episode_id: str, etag: str) -> tuple[Episode, str] | None:
        """Read one episode with its ETag if it is not as it was; None if the copy is good."""
        return await self._http.newer(f"/v1/episodes/{episode_id}", Episode, etag)

    async def take_together(self, step: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Take several episodes of one village through one step; `items` of the answer say what became of each."""
        return await self._http.post("/v1/episodes/village-steps", dict(step), Answer, key=key)

    async def appeal(self, episode_id: str, appeal: Mapping[str, Any], *, key: str | None = None) -> Episode:
        """Open an episode for a household that appeals against the refusal of this one."""
        return await self._http.post(f"/v1/episodes/{episode_id}/appeal", dict(appeal), Episode, key=key)

    async def ask_green_channel(self, episode_id: str, reason: str, *, etag: str) -> tuple[Episode, str]:
        """Ask that help begin before the procedure: sudden disaster or accident; somebody else decides."""
        body = {"reason": reason}
        return await self._http.versioned("POST", f"/v1/episodes/{episode_id}/green-channel", Episode, body, etag=etag)

    async def decide_green_channel(
        self, episode_id: str, decision: str, opinion: str, *, etag: str
    ) -> tuple[Episode, str]:
        """Decide as the second person, `approved` or `refused`; approved, plan and measures may begin."""
        body = {"decision": decision, "opinion": opinion}
        return await self._http.versioned(
            "POST", f"/v1/episodes/{episode_id}/green-channel/decision", Episode, body, etag=etag
        )

    async def elimination_conditions(self, episode_id: str, mode: str = "assistance") -> Answer:
        """Read which conditions of elimination are met today, and why the others are not."""
        return await self._http.get(f"/v1/episodes/{episode_id}/elimination-conditions", Answer, mode=mode)

    async def move(
        self,
        episode_id: str,
        to: str,
        *,
        etag: str,
        occurred_on: date,
        actors: Sequence[str],
        note: str = "",
        record: Mapping[str, Any] | None = None,
    ) -> tuple[Episode, str]:
        """Take an episode to its next state.

        Raises:
            Conflict: if the transition is not legal now.
            PreconditionFailed: if the episode changed since `etag`.
        """
        body = {
            "to": to,
            "occurred_on": occurred_on.isoformat(),
            "actors": list(actors),
            "note": note,
            "record": dict(record or {}),
        }
        return await self._http.versioned("POST", f"/v1/episodes/{episode_id}/transitions", Episode, body, etag=etag)

    async def plan_packages(self) -> Answer:
        """List the packages of measures by risk and labour class."""
        return await self._http.get("/v1/plan-packages", Answer)

    async def draft_plan(self, episode_id: str) -> PlanDraft:
        """Give what the packages propose for a household's plan (帮扶套餐); nothing is kept."""
        return await self._http.get(f"/v1/episodes/{episode_id}/plan/draft", PlanDraft)

    async def put_plan(
        self,
        episode_id: str,
        *,
        needs: Sequence[Any],
        tasks: Sequence[Any],
        helper: str,
        uncovered: Sequence[Any] = (),
        etag: str | None = None,
    ) -> Plan:
        """Write the plan of a household (一户一策); `uncovered` says why nothing is planned for a risk."""
        body = {"needs": list(needs), "tasks": list(tasks), "helper": helper, "uncovered": list(uncovered)}
        plan, _ = await self._http.versioned("PUT", f"/v1/episodes/{episode_id}/plan", Plan, body, etag=etag)
        return plan

    async def plan(self, episode_id: str) -> tuple[Plan, str]:
        """Read the plan with its ETag."""
        return await self._http.versioned("GET", f"/v1/episodes/{episode_id}/plan", Plan)

    def plan_tasks(
        self,
        *,
        area: str | None = None,
        department: str | None = None,
        state: str | None = None,
        overdue: bool | None = None,
        limit: int = 200,
    ) -> AsyncIterator[PlanTask]:
        """Yield tasks of plans."""
        wanted = {"area": area, "department": department, "state": state, "overdue": overdue}
        return self._http.items("/v1/plan-tasks", PlanTask, limit=limit, **wanted)

    async def plan_task(self, plan_task_id: str) -> tuple[PlanTask, str]:
        """Read a task of a plan with its ETag."""
        return await self._http.versioned("GET", f"/v1/plan-tasks/{plan_task_id}", PlanTask)

    async def change_plan_task(
        self, plan_task_id: str, change: Mapping[str, Any], *, etag: str | None = None
    ) -> PlanTask:
        """Say what became of a task: its state, date and evidence, or why it cannot be done."""
        path = f"/v1/plan-tasks/{plan_task_id}"
        task, _ = await self._http.versioned("PATCH", path, PlanTask, dict(change), etag=etag)
        return task

    def continuing_measures(self, household_id: str) -> AsyncIterator[Measure]:
        """Yield the measures of a household that go on after elimination, with `goes_on` and `continues_until`."""
        return self._http.items(f"/v1/households/{household_id}/continuing-measures", Measure)

    def measures(self, episode_id: str) -> AsyncIterator[Measure]:
        """Yield the measures of an episode."""
        return self._http.items(f"/v1/episodes/{episode_id}/measures", Measure)

    async def measure(self, measure_id: str) -> tuple[Measure, str]:
        """Read a measure with its ETag."""
        return await self._http.versioned("GET", f"/v1/measures/{measure_id}", Measure)

    async def add_measure(self, episode_id: str, measure: Mapping[str, Any], *, key: str | None = None) -> Measure:
        """Add a measure to an episode."""
        return await self._http.post(f"/v1/episodes/{episode_id}/measures", dict(measure), Measure, key=key)

    async def change_measure(self, measure_id: str, change: Mapping[str, Any], *, etag: str | None = None) -> Measure:
        """Change a measure: its state, date, amount, evidence."""
        measure, _ = await self._http.versioned("PATCH", f"/v1/measures/{measure_id}", Measure, dict(change), etag=etag)
        return measure
