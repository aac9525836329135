"""Sending to the outside, which can be held: after a restore nothing leaves until an operator says so.

A restored system does not know what the lost one had told already, and whether it is the one that is to speak at all: a
copy that was restored for a look must not call anybody. Held are the topics that others read, and webhooks; what
the services tell each other goes on.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import topics
from servicekit.db import Database

log = structlog.get_logger(__name__)

is_held = Gauge("bangfu_outward_held", "1 while nothing is sent to the outside", ["service"])

# Also for the schema of a backup that is older than the table.
HOLD = """
CREATE TABLE IF NOT EXISTS outward_hold (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    since   timestamptz NOT NULL,
    reason  text NOT NULL
)"""
_SINCE = "SELECT since FROM outward_hold"


def topics_of(service: str) -> list[str]:
    """Give the topics of a service that others read."""
    return [topic.name for topic in topics.ALL if topic.owner == service and topic.is_public]


async def held_since(session: AsyncSession) -> datetime | None:
    """Tell since when nothing is sent; None while it is."""
    return (await session.execute(text(_SINCE))).scalar_one_or_none()


async def is_held_in(database: Database) -> bool:
    """Tell whether sending is held, in a statement of its own."""
    return bool(await database.read(_SINCE))


async def measure(database: Database, remarks: dict[str, str]) -> None:
    """Tell probes, metrics and the log whether sending is held."""
    async with database.transaction() as session:
        since = await held_since(session)
    is_held.labels(database.service).set(since is not None)
    if since is None:
        remarks.pop("outward", None)
        return
    remarks["outward"] = f"held since {since.isoformat()}: bangfu resume"
    log.warning("outward.held", since=since.isoformat(), advice="bangfu resume")
