"""Runs of a service's indicators: asked for, computed one by one, frozen and announced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.alerts import RecomputationAsked
from contracts.envelope import CloudEvent
from contracts.indicators import INDICATORS, Computed, Indicator, Period, of_service, period_of, period_with
from servicekit import clock, outbox
from servicekit.db import Database, array_text
from servicekit.event_sql import Each
from servicekit.ids import new_id
from servicekit.indicators import statements
from servicekit.worker import Task, daily, queue

log = structlog.get_logger(__name__)

CHANNEL: Final = "indicators"
"""Notified once a run was asked for."""

BY_CALENDAR: Final = "calendar"
LOOKED_BACK: Final = 12
"""How many periods back somebody looks for the last one that was computed: longer no worker stands still."""

_LOOK_S = 60.0
_DAY_S = 3600.0
_AGAIN = timedelta(minutes=10)

_ASK = """
INSERT INTO indicator_run (id, indicator_id, period, request_id, why, asked_at)
SELECT CAST(w.id AS uuid), w.indicator_id, w.period, CAST(:request_id AS uuid), :why, :at
FROM unnest(CAST(:ids AS text[]), CAST(:indicators AS text[]), CAST(:periods AS text[])) w (id, indicator_id, period)
ON CONFLICT DO NOTHING
"""
_KNOWN = "SELECT indicator_id, max(period) AS period FROM indicator_run WHERE request_id IS NULL GROUP BY indicator_id"
_NEXT = """
SELECT id::text, indicator_id, period, request_id::text, why FROM indicator_run
WHERE computed_at IS NULL AND coalesce(failed_at < :again, true)
ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
# The number is given under the lock on indicator and period: versions follow each other without a gap.
_NUMBER = """
UPDATE indicator_run SET as_of = :as_of, computed_at = :at, failed_at = NULL,
    version = (SELECT count(*) + 1 FROM indicator_run r
               WHERE r.indicator_id = :indicator_id AND r.period = :period AND r.computed_at IS NOT NULL)
WHERE id = CAST(:run_id AS uuid) RETURNING version
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
# A part a township: what is a township's, county's or city's own goes by its own nine digits.
_PARTS = """
(SELECT town, row_number() OVER (ORDER BY town) AS part, count(*) OVER () AS parts
 FROM (SELECT DISTINCT left(area_code, 9) AS town FROM indicator_value WHERE run_id = CAST(:run_id AS uuid)
       UNION ALL SELECT '' WHERE NOT EXISTS (SELECT FROM indicator_value WHERE run_id = CAST(:run_id AS uuid))) t
) p CROSS JOIN indicator_run r WHERE r.id = CAST(:run_id AS uuid) ORDER BY p.part
"""
_CELLS = Each(
    {
        "area_code": "v.area_code",
        "dimension": "v.dimension",
        "part": "v.part",
        "numerator": "v.numerator::text",
        "denominator": "v.denominator::text",
    },
    "indicator_value v WHERE v.run_id = r.id AND left(v.area_code, 9) = p.town",
    "v.area_code, v.dimension, v.part",
)
_FIELDS: outbox.Fields = {
    **{
        name: f"r.{name}" for name in ("indicator_id", "period", "version", "as_of", "computed_at", "why", "request_id")
    },
    "part": "p.part",
    "parts": "p.parts",
    "cells": _CELLS,
}


def span_of(period: Period, today: date) -> dict[str, Any]:
    """Give the parameters of an indicator's SQL for a period that has begun: of one that runs, up to today."""
    last = min(period.last, today)
    return {
        "first_on": period.first,
        "last_on": last,
        "starts_at": _midnight(period.first),
        "ends_at": _midnight(last + timedelta(days=1)),
        "seen_on": min(period.last + timedelta(days=1), today),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.CHINA)


class Indicators:
    """The indicators of one service, and the event that announces them."""

    def __init__(self, service: str, event: type[Computed]) -> None:
        """Take the service's name and its event."""
        self.service = service
        self._event = event
        self._own = {indicator.id: indicator for indicator in of_service(service)}

    async def ask(
        self, session: AsyncSession, wanted: Sequence[tuple[str, str]], *, why: str, request_id: str | None = None
    ) -> None:
        """Have indicators computed, by id and period; what was asked for before is not asked for again.

        Those of other services, and those of another length of period, are passed over.
        """
        own = [
            (name, period)
            for name, period in wanted
            if name in self._own and period_of(period).kind == self._own[name].period
        ]
        if own:
            values = {
                "ids": array_text(new_id() for _ in own),
                "indicators": array_text(name for name, _ in own),
                "periods": array_text(period for _, period in own),
            }
            await session.execute(text(_ASK), {"request_id": request_id, "why": why, "at": clock.now(), **values})

    async def on_recomputations(self, session: AsyncSession, events: Sequence[CloudEvent[RecomputationAsked]]) -> None:
        """Ask for what somebody wants computed again: the handler of `alerts.recomputation.v1`."""
        for event in events:
            asked = event.data
            if period_of(asked.period).first <= clock.today():  # of a period to come there is nothing to tell
                wanted = [(name, asked.period) for name in asked.indicator_ids]
                await self.ask(session, wanted, why=asked.why, request_id=asked.request_id)

    async def follow_calendar(self, database: Database) -> None:
        """Ask for every period that is over and was not asked for, since the last one that was."""
        today = clock.today()
        async with database.transaction() as session:
            known = {row.indicator_id: row.period for row in await session.execute(text(_KNOWN))}
            wanted = [(name, period) for name in self._own for period in owed(self._own[name], known.get(name), today)]
            await self.ask(session, wanted, why=BY_CALENDAR)

    async def compute_once(self, database: Database) -> bool:
        """Compute the next run that waits; tell whether there was one. One that fails is tried again later."""
        run_id = None
        try:
            async with database.transaction() as session:
                again = clock.now() - _AGAIN
                run = (await session.execute(text(_NEXT), {"again": again})).first()
                if run is None:
                    return False
                run_id = run.id
                await self._compute(session, run)
        except Exception as error:
            if run_id is None:
                raise
            log.error("indicator.failed", run=run_id, error=type(error).__name__, exc_info=error)
            async with database.transaction() as session:
                await session.execute(
                    text("UPDATE indicator_run SET failed_at = :at WHERE id = CAST(:id AS uuid)"),
                    {"id": run_id, "at": clock.now()},
                )
        return True

    async def _compute(self, session: AsyncSession, run: Any) -> None:
        period, today = period_of(run.period), clock.today()
        indicator = INDICATORS[run.indicator_id]
        values = {"run_id": run.id, "indicator_id": run.indicator_id, "period": run.period}
        await session.execute(text(_LOCK), {"name": f"indicator {run.indicator_id} {run.period}"})
        span = span_of(period, today)
        await session.execute(text(statements.freeze(indicator)), {"run_id": run.id, **span})
        await session.execute(text(_NUMBER), {**values, "as_of": span["last_on"], "at": clock.now()})
        parts = await outbox.add_select(session, self._event, _FIELDS, _PARTS, {"run_id": run.id})
        log.info("indicator.computed", indicator=run.indicator_id, period=run.period, parts=parts)

    def tasks(self, database: Database) -> list[Task]:
        """Give what the worker runs: the calendar, and the queue of what was asked for."""

        async def follow_indicators() -> None:
            await self.follow_calendar(database)

        compute: Callable[[], Awaitable[bool]] = partial(self.compute_once, database)
        return [daily(_DAY_S, follow_indicators), queue(database, CHANNEL, compute, _LOOK_S)]


def owed(indicator: Indicator, known: str | None, today: date) -> list[str]:
    """Give the periods that are over and not asked for, the oldest first.

    Args:
        known: The newest one that was asked for; without one only the last that is over is owed.
    """
    newest = period_with(today, indicator.period).before
    if known is None:
        return [newest.name]
    found: list[str] = []
    while newest.name > known and len(found) < LOOKED_BACK:
        found.append(newest.name)
        newest = newest.before
    return found[::-1]
