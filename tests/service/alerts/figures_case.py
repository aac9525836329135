"""A month's figures of alerts, heard of without a bus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts_world import event_of

import indicator_case
from alerts.figures.consumers import on_computed
from indicator_case import PERIOD, Json, china, on
from servicekit.ids import new_id

__all__ = ["PERIOD", "Month", "china", "clue", "duty", "on"]


@dataclass
class Month(indicator_case.Month):
    """A month whose figures are computed and heard of."""

    async def publish(self, *names: str, why: str = "test") -> None:
        """Have indicators computed, and heard of."""
        await self.hear(*await self.compute(*names, why=why))

    async def hear(self, *events: Any) -> None:
        """Hear of what was computed."""
        async with self.database.transaction() as session:
            await on_computed(session, [event_of(event) for event in events])


def clue(area_code: str, raised_at: datetime, **changes: Any) -> dict[str, Any]:
    """Give a row of a clue; whatever is not said is plausible."""
    return {
        "household_id": f"hh-{new_id()[-12:]}",
        "area_code": area_code,
        "risk_type": "01",
        "severity": "ORANGE",
        "state": "dispatched",
        "channels": ["CH3"],
        "rule_ids": ["R-MED-02"],
        "source_count": 1,
        "raised_at": raised_at,
        "updated_at": raised_at,
    } | changes


def duty(kind: str, area_code: str, due_on: str, done_on: str | None = None, **changes: Any) -> dict[str, Any]:
    """Give a row of a duty, open if nobody did it."""
    return {
        "id": f"{kind}-{new_id()}",
        "revision": 1,
        "kind": kind,
        "subject_id": new_id(),
        "area_code": area_code,
        "counts_from": on("2026-10-20"),
        "due_on": on(due_on),
        "unit": "calendar",
        "is_estimate": False,
        "state": "done" if done_on else "open",
        "closed_on": on(done_on) if done_on else None,
        "pauses": Json([]),
        "step": 0,
        "opened_at": china("2026-10-20"),
        "updated_at": china("2026-10-20"),
    } | changes
