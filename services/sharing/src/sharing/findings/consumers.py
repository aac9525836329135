"""What sharing learns of its findings: the clue that they became, and how it was verified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.alerts import ClueMoved
from contracts.envelope import CloudEvent
from sharing.findings import store


async def on_clues(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep the newest state of each clue that findings led to: what became of the departments' data."""
    clues = [event.data for event in events if isinstance(event.data, ClueMoved) and event.data.rule_ids]
    if clues:
        await store.upsert_outcomes(session, ("[" + ",".join(clue.model_dump_json() for clue in clues) + "]"))
