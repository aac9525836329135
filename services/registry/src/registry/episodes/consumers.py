"""Events of `alerts` that concern episodes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.alerts import ClueMoved
from contracts.envelope import CloudEvent
from contracts.vocabulary import ClueState
from registry.attachments import service as attachments
from registry.episodes import opening, store
from registry.episodes.tables import Clue
from servicekit import clock
from servicekit.consumer import InvalidEvent
from servicekit.failpoints import failpoint_async


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


async def on_clues_moved(session: AsyncSession, events: Sequence[CloudEvent[ClueMoved]]) -> None:
    """Remember when clues were found; a confirmed one opens an episode or joins the active one; photos are evidence.

    Raises:
        InvalidEvent: if a confirmed clue names a household that the registry does not have.
    """
    confirmed = [event.data for event in events if event.data.state is ClueState.CONFIRMED_IDENTIFY]
    existing = [event.data for event in events if event.data.state is ClueState.EXISTING_CASE]
    if confirmed or existing:
        wanted = {clue.household_id for clue in (*confirmed, *existing)}
        known = await store.known_households(session, sorted(filter(_is_uuid, wanted)))
        if wanted - known:
            raise InvalidEvent("a confirmed clue names a household that is not registered")
    await opening.take_in_clues(
        session,
        [
            Clue(
                clue_id=event.data.clue_id,
                household_id=event.data.household_id,
                risk_type=event.data.risk_type.value,
                found_at=event.time,
                episode_id=None,
                state=event.data.state.value,
                version=event.data.version,
                decided_on=event.data.verified_at and event.data.verified_at.astimezone(clock.CHINA).date(),
            )
            for event in events
        ],
        [clue.clue_id for clue in confirmed],
        [clue.clue_id for clue in existing],
    )
    for event in events:
        clue = event.data
        if clue.attachments and _is_uuid(clue.household_id):
            home, kind = UUID(clue.household_id), attachments.UseKind.CLUE
            await attachments.name(session, home, clue.attachments, kind, clue.clue_id)
    if confirmed:
        await failpoint_async("registry.episode_opened")
