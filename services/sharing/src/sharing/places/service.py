"""What other features ask of areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from sharing.places import store
from sharing.places.rules import KnownArea as KnownArea
from sharing.places.rules import Reach as Reach
from sharing.places.rules import reach_of as reach_of


async def take(session: AsyncSession, areas: Sequence[KnownArea]) -> None:
    """Keep areas as the register announced them; the last of several of one area counts."""
    await store.take(session, areas)


async def changed(session: AsyncSession) -> Mapping[str, KnownArea]:
    """Give what `reach_of` needs."""
    return await store.changed(session)


async def ended(session: AsyncSession, codes: Sequence[str], today: date) -> list[str]:
    """Give those of some areas that are there no more."""
    return await store.ended(session, codes, today)
