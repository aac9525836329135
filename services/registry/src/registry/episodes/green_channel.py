"""Use cases of the green channel (绿色通道): one person asks, another one approves; the procedure stays due."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import EpisodeState
from registry.episodes import channels, debts, store
from registry.episodes import service as episodes
from registry.episodes.debts import ChannelDecision
from registry.episodes.opening import tell
from registry.episodes.problems import (
    GreenChannelAsked,
    GreenChannelNotAsked,
    GreenChannelRefused,
    GreenChannelSecondPerson,
)
from registry.episodes.schemas import GreenChannelDecision, GreenChannelIn, StepTaken
from registry.episodes.tables import Episode, GreenChannel
from servicekit import clock, etags, ids
from servicekit.auth import Principal


async def ask(
    session: AsyncSession, principal: Principal, episode_id: str, body: GreenChannelIn, if_match: str | None
) -> StepTaken:
    """Ask that a household be helped before the procedure; nothing is before somebody else has approved it.

    Raises:
        EpisodeNotFound, PreconditionRequired, PreconditionFailed
        GreenChannelAsked: somebody asked already, and it was not refused.
        GreenChannelRefused: no sudden disaster or accident, not visited yet, or nothing is left to be put off.
    """
    episode, _ = await episodes.require(session, principal, episode_id, lock=True)
    etags.require_match(if_match, episode.version)
    before = await channels.newest(session, episode.id)
    if before is not None and before.decision != "refused":
        raise GreenChannelAsked("the green channel was asked for, or is open")
    taken = {step.state for step in await store.steps(session, episode.id)}
    state, was_visited = EpisodeState(episode.state), EpisodeState.VISITED in taken
    found = debts.faults(state, episode.risk_types, is_active=episode.is_active, was_visited=was_visited)
    if found:
        raise GreenChannelRefused("the green channel is not for this case", errors=found)
    now = clock.now()
    asked = GreenChannel(
        id=UUID(ids.new_id()),
        episode_id=episode.id,
        reason=body.reason,
        asked_by=principal.actor,
        asked_at=now,
        decision=None,
        opinion=None,
        decided_by=None,
        decided_at=None,
    )
    session.add(asked)
    return await _changed(session, episode)


async def decide(
    session: AsyncSession, principal: Principal, episode_id: str, body: GreenChannelDecision, if_match: str | None
) -> StepTaken:
    """Approve or refuse the green channel as the second person. Approved, plan and measures may begin.

    Raises:
        EpisodeNotFound, PreconditionRequired, PreconditionFailed
        GreenChannelNotAsked: nobody asked, it was decided, or the episode went on meanwhile.
        GreenChannelSecondPerson: the caller asked.
    """
    episode, _ = await episodes.require(session, principal, episode_id, lock=True)
    etags.require_match(if_match, episode.version)
    channel = await channels.newest(session, episode.id)
    is_identified = episode.identified_on is not None
    if channel is None or channel.decision is not None or not episode.is_active or is_identified:
        raise GreenChannelNotAsked("there is nothing to decide")
    if channel.asked_by == principal.actor:
        raise GreenChannelSecondPerson("who asked does not approve")
    channel.decision, channel.opinion = body.decision, body.opinion
    channel.decided_by, channel.decided_at = principal.actor, clock.now()
    taken = await _changed(session, episode)
    if body.decision is ChannelDecision.APPROVED:
        await tell(session, "CAST(:id AS uuid)", {"id": episode_id})
    return taken


async def _changed(session: AsyncSession, episode: Episode) -> StepTaken:
    episode.version += 1
    episode.updated_at = clock.now()
    await session.flush()
    return StepTaken(version=episode.version)
