"""Which processes have the keys of now: told by themselves, gathered in memory, written once a second."""

from __future__ import annotations

import time
from typing import Any

from gateway.access import store
from gateway.access.keys import SigningKeys
from servicekit.db import Database
from servicekit.replicas import REPLICA, heard

_MOST = 200
_TELL_AGAIN_S = 3.0

REPLICAS_WITHIN_S = 10.0
"""One that said nothing for so long has ended."""


class Replicas:
    """Hears processes that prove who they are, and confirms for this one."""

    def __init__(self, database: Database, keyring: SigningKeys, key: str | None) -> None:
        """Hear whoever has `key`; without one, nobody."""
        self._key = key
        self._database = database
        self._keyring = keyring
        self._heard: dict[str, str] = {}
        self._told: tuple[str, tuple[tuple[str, str], ...]] | None = None
        self._told_at_s = -1e9

    def hear(self, value: str, digest: str) -> None:
        """Note which keys a process proves that it has."""
        digest = digest.strip('"')[:64]
        name = heard(self._key, value, digest, time.time()) if self._key and value else None
        if name is not None and (name in self._heard or len(self._heard) < _MOST):
            self._heard[name] = digest

    async def confirm(self) -> None:
        """Write what was heard, and that this process has read the keys that it holds; once a second is enough."""
        told = (self._keyring.digest, tuple(self._heard.items()))
        if told == self._told and time.monotonic() - self._told_at_s < _TELL_AGAIN_S:
            return
        self._told, self._told_at_s = told, time.monotonic()
        heard, self._heard = self._heard, {}
        async with self._database.transaction() as session:
            await store.confirm_replicas(session, heard | {REPLICA: self._keyring.digest})


def shown(rows: list[dict[str, Any]], digest: str) -> list[dict[str, Any]]:
    """Give the replicas with whether each has the keys of now."""
    return [
        {"replica": row["replica"], "seen_at": row["seen_at"], "is_confirmed": row["digest"] == digest} for row in rows
    ]
