"""Replay: events that were published once are published again from the outbox, for a broker that lost data.

A replay only clears `published_at`; the elected relay does the rest. So there is still one publisher,
events go out in the order of their ids, older before newer and before whatever is written meanwhile, in
the relay's batches, and a crash in the middle goes on where it was, because the progress is in the rows.
Consumers drop by id what they have handled (inbox, kept twice as long as the outbox).
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import topics
from servicekit.db import Database

log = structlog.get_logger(__name__)


async def mark(
    session: AsyncSession,
    topic: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    key: str | None = None,
) -> int:
    """Have the relay publish a topic's events again; give their number.

    One statement in one transaction: the relay sees all of them or none, so no event overtakes an older one of
    its key that is replayed too. Marking the same events again before the relay got to them changes nothing.

    Args:
        since: First instant of publication (real time, aware), inclusive; None for everything that is kept.
        until: First instant that is left alone; None for no end.
        key: Only events of this key (a household, an area, a region, a dataset).
    """
    result = await session.execute(
        text(
            "UPDATE outbox SET published_at = NULL WHERE topic = :topic AND published_at IS NOT NULL"
            " AND (CAST(:since AS timestamptz) IS NULL OR published_at >= :since)"
            " AND (CAST(:until AS timestamptz) IS NULL OR published_at < :until)"
            " AND (CAST(:key AS text) IS NULL OR key = :key)"
        ),
        {"topic": topic, "since": since, "until": until, "key": key},
    )
    await session.execute(text("SELECT pg_notify('outbox', '')"))
    count: int = cast(Any, result).rowcount or 0
    log.info("outbox.replay", topic=topic, events=count)
    return count


def add_arguments(parser: argparse.ArgumentParser, owner: str) -> None:
    """Declare the arguments of `replay` for the topics that `owner` produces."""
    parser.add_argument("topic", choices=sorted(topic.name for topic in topics.ALL if topic.owner == owner))
    parser.add_argument("--since", type=instant, help="published at or after, e.g. 2026-11-22T08:00+08:00")
    parser.add_argument("--until", type=instant, help="published before")
    parser.add_argument("--key", help="only this household, area, region or dataset")


async def run(database: Database, options: argparse.Namespace) -> int:
    """Do what `python -m <service> replay` was asked for; give the number of events that will go out again."""
    try:
        async with database.transaction() as session:
            return await mark(session, options.topic, since=options.since, until=options.until, key=options.key)
    finally:
        await database.dispose()


def instant(text_: str) -> datetime:
    """Read an ISO 8601 instant; without an offset it is UTC.

    Raises:
        ValueError: if it is none.
    """
    found = datetime.fromisoformat(text_)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
