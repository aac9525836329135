"""Events of `sharing` that say what departments gave households."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.sharing import AidEnded, AidListed
from registry.aid import store


async def on_aid(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep what each list says, and every change of it, in the order in which it was said."""
    rounds: list[dict[str, AidListed | AidEnded]] = []  # of each id one event a round
    seen: dict[str, int] = {}
    for event in events:
        if isinstance(event.data, AidListed | AidEnded):
            place = seen[event.data.aid_id] = seen.get(event.data.aid_id, -1) + 1
            if place == len(rounds):
                rounds.append({})
            rounds[place][event.data.aid_id] = event.data
    for told in rounds:
        said = [_columns(each) for each in told.values() if isinstance(each, AidListed)]
        over = [
            {"aid_id": each.aid_id, "was_wrong": each.was_wrong, "at": each.ended_at.isoformat()}
            for each in told.values()
            if isinstance(each, AidEnded)
        ]
        if said:
            await store.record(session, said)
        if over:
            await store.end(session, over)


def _columns(told: AidListed) -> dict[str, Any]:
    said = told.model_dump(mode="json", exclude={"listed_at", "called"})
    return said | {"name": told.called, "at": told.listed_at.isoformat()}
