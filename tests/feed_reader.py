"""An application's copy of what it may see, kept by what the feeds of changes tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import text

from servicekit.db import Database

_MINE = "SELECT pg_current_xact_id()::text::bigint"
_OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@dataclass
class Copy:
    """Follows one feed as one caller.

    Attributes:
        since: The token of the last page that was kept.
        gone: Every id that was said to be gone.
    """

    client: httpx.AsyncClient
    path: str
    headers: dict[str, str]
    params: dict[str, str] = field(default_factory=dict)
    since: str | None = None
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    pages: int = 0

    async def ask(self) -> httpx.Response:
        """Ask for the next page, without keeping it."""
        since = {"changed_since": self.since} if self.since else {}
        return await self.client.get(self.path, params=self.params | since, headers=self.headers)

    async def catch_up(self) -> None:
        """Keep pages until nothing more has changed."""
        is_more = True
        while is_more:
            answer = await self.ask()
            assert answer.status_code == 200, answer.text
            page = answer.json()
            self.items |= {item["id"]: item for item in page["items"]}
            self.gone += page["gone"]
            for key in page["gone"]:
                self.items.pop(key, None)
            self.since, is_more = page["changed_since"], page["is_more"]
            self.pages += 1

    async def until(self, holds: Callable[[Copy], bool]) -> None:
        """Catch up until the copy is as it must be: any open transaction of the server holds later changes back."""
        async with asyncio.timeout(30):
            while True:
                await self.catch_up()
                if holds(self):
                    return
                await asyncio.sleep(0.02)


async def nothing_is_held_back(database: Database) -> None:
    """Wait until a feed tells all that has been written: open transactions of other databases hold it back, too."""
    async with database.transaction() as session:
        written = (await session.execute(text(_MINE))).scalar_one()
    async with asyncio.timeout(30):
        while True:
            async with database.transaction() as session:
                if (await session.execute(text(_OLDEST))).scalar_one() > written:
                    return
            await asyncio.sleep(0.02)
