"""Something large that is sent in parts: each is taken once, and answered the same however often it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

from intake.receiving import IDLE_S, Envelope, Received, receive, refusals_as
from servicekit.problems import Problem


class Part(Protocol):
    """A part that is durable, as a service's table has it."""

    number: int
    sha256: str


PartT = TypeVar("PartT", bound=Part)
KeptT = TypeVar("KeptT", bound=Part, covariant=True)


class Keeper(Protocol[KeptT]):
    """What a service does with one part that comes; each part that is sent has a keeper of its own."""

    async def stored(self) -> KeptT | None:
        """Give the part if it is there already; else get ready for its bytes.

        Raises:
            Problem: nothing may be sent here, or not any more.
        """

    def feed(self, block: bytes) -> None:
        """Keep the next bytes; in a thread, without a transaction open."""

    async def enter(self, received: Received) -> tuple[KeptT, bool]:
        """Make what was fed a durable part, or give the one that was entered meanwhile; tell whether it is this one.

        Raises:
            Problem: nothing may be sent here any more, or the bytes are not usable.
        """

    async def drop(self) -> None:
        """Forget what was fed: it came to nothing, or was there already. Not called for what `stored` gave."""


async def take(
    keeper: Keeper[PartT],
    body: AsyncIterator[bytes],
    envelope: Envelope,
    *,
    prefix: str,
    conflict: type[Problem],
    max_bytes: int,
    idle_s: float = IDLE_S,
) -> tuple[PartT, bool]:
    """Take a part; once this returns it is durable. Tell also whether it is new.

    Args:
        prefix: What the codes of the service's problems with parts begin with; see `problems_of`.
        conflict: Of a number that holds other bytes.

    Raises:
        Problem: of the keeper, of `problems_of(prefix)`, or `conflict`; nothing of the bytes is kept.
    """
    part, is_new = await keeper.stored(), False
    with refusals_as(prefix):
        feed = keeper.feed if part is None else _ignore
        try:
            received = await receive(body, envelope, feed, max_bytes=max_bytes, idle_s=idle_s)
            if part is None:
                part, is_new = await keeper.enter(received)
        finally:
            if feed is not _ignore and not is_new:
                await asyncio.shield(keeper.drop())
    if part.sha256 != received.sha256:
        raise conflict(f"part {part.number} holds other bytes", stored_sha256=part.sha256)
    return part, is_new


def _ignore(_: bytes) -> None:
    """Of a part that is there already only the hash is wanted."""
