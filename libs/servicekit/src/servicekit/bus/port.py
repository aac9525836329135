"""What a bus promises, whichever adapter serves it.

* `publish` returns when every message is durable; at least once, in the order given per key.
* A consumer of a group sees each topic's messages in order per key, at least once, from the first
  message when the group is new; what was not committed comes again after a restart.
* Two consumers of one group never hold the same partition at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OutMessage:
    """A message to publish; `key` decides the partition."""

    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class InMessage:
    """A message received, with its place."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Consumer(Protocol):
    """A member of a consumer group."""

    async def fetch(self, *, max_messages: int, wait_s: float) -> list[InMessage]:
        """Give up to `max_messages`, waiting at most `wait_s` for the first; empty when none came."""
        ...

    async def commit(self, messages: Sequence[InMessage]) -> None:
        """Remember that `messages` are done: the next start of the group begins after them."""
        ...

    async def close(self) -> None:
        """Leave the group."""
        ...


class EventBus(Protocol):
    """Publishing and consuming."""

    async def start(self) -> None:
        """Connect; create what is missing (topics, tables)."""
        ...

    async def ping(self) -> None:
        """Raise unless the bus answers."""
        ...

    async def publish(self, messages: Sequence[OutMessage]) -> None:
        """Make all `messages` durable, or raise."""
        ...

    async def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Join `group` for `topics`."""
        ...

    async def unread(self, group: str, topics: Sequence[str]) -> dict[str, int]:
        """Give, for each topic, how many messages lie behind the place that `group` has committed.

        Compaction leaves gaps: on a compacted topic the number is an upper bound.
        """
        ...

    async def tidy(self) -> None:
        """Do what keeps the log from growing for ever; nothing where the broker does it itself."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...
