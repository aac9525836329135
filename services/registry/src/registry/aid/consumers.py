"""Events of `sharing` that say what departments gave households."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.sharing import AidEnded, AidTold
from registry.aid import store


async def on_aid(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep what each list says, and every change of it, in the order in which it was said."""
    rounds: list[dict[str, AidTold | AidEnded]] = []  # of each id one event a round
    seen: dict[str, int] = {}
    for event in events:
        if isinstance(event.data, AidTold | AidEnded):
            place = seen[event.data.aid_id] = seen.get(event.data.aid_id, -1) + 1
            if place == len(rounds):
                rounds.append({})
            rounds[place][event.data.aid_id] = event.data
    for told in rounds:
        said = [_columns(each) for each in told.values() if isinstance(each, AidTold)]
        over = [
            {"aid_id": each.aid_id, "was_wrong": each.was_wrong, "at": each.ended_at.isoformat()}
            for each in told.values()
            if isinstance(each, AidEnded)
        ]
        if said:
            await store.record(session, said)
        if over:
            await store.end(session, over)


def _columns(told: AidTold) -> dict[str, Any]:
    return told.model_dump(mode="json", exclude={"told_at"}) | {"at": told.told_at.isoformat()}
