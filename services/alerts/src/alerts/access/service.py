"""Rights of clients, at hand for whoever is about to give something to one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import store
from alerts.access.problems import NotSupervisor
from alerts.access.rules import COVERS_ALERT, MAY_READ, READ, Right
from contracts.gateway import ClientChanged
from servicekit.auth import Principal
from servicekit.db import Database

__all__ = ["COVERS_ALERT", "MAY_READ", "READ", "NotSupervisor", "Right", "Rights", "keep", "require_supervisor"]

_FRESH_S = 0.5


def require_supervisor(principal: Principal) -> None:
    """Let nobody keep the records of supervision who acts for a department.

    Raises:
        NotSupervisor
    """
    if principal.department is not None:
        raise NotSupervisor("a department does not keep the records by which it is supervised")


async def keep(session: AsyncSession, clients: Sequence[ClientChanged]) -> None:
    """Keep what the gateway says."""
    await store.upsert(session, clients)


class Rights:
    """Every client's rights, never older than half a second: one query serves all who ask within it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Right] = {}
        self._read_at_s = -1e9
        self._lock = asyncio.Lock()

    async def of(self, client_id: str) -> Right | None:
        """Give a client's rights; None for one that the gateway does not keep (its token is of another issuer)."""
        if time.monotonic() - self._read_at_s >= _FRESH_S:
            async with self._lock:
                if time.monotonic() - self._read_at_s >= _FRESH_S:
                    asked_at_s = time.monotonic()
                    rows = await store.all_rights(self._database)
                    self._known = {
                        client: Right(is_active, department, frozenset(scopes), tuple(zip(lows, highs, strict=True)))
                        for client, is_active, department, scopes, lows, highs in rows
                    }
                    self._read_at_s = asked_at_s
        return self._known.get(client_id)
