"""The green channel of episodes as it is kept: who asked, who decided, what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState
from registry.duty import Said
from registry.episodes.deadlines import IDENTIFICATION
from registry.episodes.debts import ChannelDecision, debts_of, phase_of
from registry.episodes.schemas import DebtOut, GreenChannelOut
from registry.episodes.tables import Episode, GreenChannel

IS_OPENED: Final = "EXISTS (SELECT FROM green_channel g WHERE g.episode_id = e.id AND g.decision = 'approved')"
"""Whether somebody approved the green channel of the episode `e`."""


async def newest(session: AsyncSession, episode_id: UUID) -> GreenChannel | None:
    """Give what was asked last about an episode."""
    asked = select(GreenChannel).where(GreenChannel.episode_id == episode_id)
    return (await session.execute(asked.order_by(col(GreenChannel.id).desc()).limit(1))).scalars().first()


async def is_opened(session: AsyncSession, episode_id: UUID) -> bool:
    """Tell whether the green channel of an episode was approved."""
    channel = await newest(session, episode_id)
    return channel is not None and channel.decision == ChannelDecision.APPROVED


async def shown(
    session: AsyncSession, episode: Episode, said: Sequence[Said], policy: Profile, today: date
) -> GreenChannelOut | None:
    """Give the green channel of an episode with what is owed, from its duties; None where nobody asked for it."""
    channel = await newest(session, episode.id)
    if channel is None:
        return None
    is_identified = episode.identified_on is not None
    phase = phase_of(channel.decision, is_active=episode.is_active, is_identified=is_identified)
    due_on = next((duty.due_on for duty in said if duty.kind == IDENTIFICATION.code and not duty.is_paused), None)
    owed = debts_of(EpisodeState(episode.state), due_on, policy) if phase == "open" else []
    debts = [
        DebtOut(
            state=debt.state,
            label=debt.state.label,
            due_on=debt.due_on,
            is_overdue=debt.due_on is not None and debt.due_on < today,
        )
        for debt in owed
    ]
    kept = channel.model_dump(exclude={"id", "episode_id"})
    return GreenChannelOut.model_validate(kept | {"phase": phase, "debts": debts})
