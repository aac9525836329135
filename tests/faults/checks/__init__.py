"""The promises, checked from outside when a run is over: receipts, lake, tables, topics and inboxes compared.

Each check gives sentences, none when the promise held; a sentence begins with the promise's name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from faults.arena import Arena

Rows = list[tuple[Any, ...]]
Ask = Callable[[str], Awaitable[Rows]]


async def rows_of(arena: Arena, service: str, query: str) -> Rows:
    """Ask a service's database, past everything."""
    async with await psycopg.AsyncConnection.connect(arena.database_url(service)) as connection:
        return await (await connection.execute(query.encode())).fetchall()


@asynccontextmanager
async def one_moment(arena: Arena, service: str) -> AsyncIterator[Ask]:
    """Ask a service's database several questions about one moment: it goes on working while it is asked."""
    async with await psycopg.AsyncConnection.connect(arena.database_url(service)) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)

        async def ask(query: str) -> Rows:
            return await (await connection.execute(query.encode())).fetchall()

        yield ask


def some(items: object, limit: int = 5) -> str:
    """A few of many, for a sentence."""
    listed = sorted(items, key=str) if isinstance(items, set | frozenset | dict) else list(items)  # type: ignore[call-overload]
    return ", ".join(str(item) for item in listed[:limit]) + (f", ... ({len(listed)})" if len(listed) > limit else "")
