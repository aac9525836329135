"""Events of `sharing` that say what departments know of the four statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.parameters import Words
from contracts.sentences import fill
from contracts.sharing import StatusClaimed, StatusWithdrawn
from registry.guarantees import store
from servicekit import clock


async def on_statuses(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep what each dataset says last of each household, or that it says nothing any more."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        if isinstance(event.data, StatusClaimed | StatusWithdrawn):
            newest[event.data.household_id, event.data.dataset] = _columns(event.data)
    if newest:
        await store.take_claims(session, list(newest.values()))


def _columns(told: StatusClaimed | StatusWithdrawn) -> dict[str, Any]:
    columns = {"household_id": told.household_id, "kind": told.guarantee.value, "source": told.dataset}
    if isinstance(told, StatusWithdrawn):
        return columns | {"is_safe": None, "at": told.withdrawn_at.isoformat()}
    # The data of a month tell of its last day, which may be still to come: nobody knows more than today.
    as_of = min(told.as_of, told.claimed_at.astimezone(clock.CHINA).date())
    detail = fill(Words.model_validate(told.text), told.facts)
    return columns | {
        "department": told.department.value,
        "is_safe": told.is_safe,
        "checked_on": as_of.isoformat(),
        "detail": detail.model_dump(),
        "at": told.claimed_at.isoformat(),
    }
