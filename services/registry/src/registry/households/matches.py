"""Answers that tell that a number is registered: counted per client and day, and kept with whom they were about.

A look-up has a scope, a limit and a record of its own (`persons:search`). Refusing to register somebody twice says the
same, so it has a limit and a record too: otherwise whoever may write could try numbers until one is refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.households.problems import PersonElsewhere, TooManyMatches
from registry.households.tables import IdentityMatch
from registry.settings import IdentityKeys
from servicekit import clock, ids, locks
from servicekit.auth import Principal
from servicekit.db import Database

_DAY = timedelta(days=1)


async def require_quota(session: AsyncSession, client_id: str, per_day: int, *, more: int = 0) -> None:
    """Refuse to go on when the client was told so often, within the last day, that a number is registered.

    Args:
        more: How often it is about to be told.

    Raises:
        TooManyMatches: before anything is looked at, so that being refused tells nothing of what was sent.
    """
    if more:
        await locks.lock_on(session, locks.LockOn.IDENTITY_MATCH, client_id)
    told = await session.execute(
        text("SELECT coalesce(sum(matches), 0) FROM identity_match WHERE client_id = :client AND matched_at > :since"),
        {"client": client_id, "since": clock.now() - _DAY},
    )
    if int(told.scalar_one()) + more >= per_day + bool(more):
        raise TooManyMatches(f"at most {per_day} a day", headers={"Retry-After": "3600"})


async def record(session: AsyncSession, client_id: str, via: str, persons: Sequence[UUID], *, matches: int) -> None:
    """Keep that a client was told, through what, how often, and about whom as far as that is known."""
    session.add(
        IdentityMatch(
            id=UUID(ids.new_id()), client_id=client_id, via=via, persons=list(persons), matches=matches,
            matched_at=clock.now(),
        )
    )  # fmt: skip
    await session.flush()


@asynccontextmanager
async def counted(database: Database, client_id: str, via: str, per_day: int) -> AsyncIterator[None]:
    """Count a refusal within the block, whose own transaction is rolled back with it.

    Raises:
        TooManyMatches
    """
    async with database.transaction() as session:
        await require_quota(session, client_id, per_day)
    try:
        yield
    except PersonElsewhere:
        async with database.transaction() as session:
            await record(session, client_id, via, [], matches=1)
        raise


class Registering:
    """What a route needs that registers somebody: the keys, and the count of refusals that tell of a number."""

    def __init__(self, request: Request) -> None:
        """Count in the app's own database, up to what its settings allow."""
        self.keys: IdentityKeys = request.app.state.keys
        self._database: Database = request.app.state.database
        self._per_day: int = request.app.state.settings.matches_per_day

    def counted(self, principal: Principal, via: str) -> AbstractAsyncContextManager[None]:
        """Count a refusal within the block, as `counted` does."""
        return counted(self._database, principal.actor, via, self._per_day)


Registrar = Annotated[Registering, Depends(Registering)]
