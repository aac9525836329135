"""What the worker measures: how the month's deliveries stand, comparisons that wait."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from prometheus_client import Gauge
from sqlalchemy import text

from servicekit import clock
from servicekit.db import Database
from sharing.catalogue.service import load_datasets
from sharing.comparison.executor import runs_total
from sharing.deliveries import rules, store
from sharing.deliveries.ledger import ledger_of

INTERVAL_S = 60.0

deliveries = Gauge(
    "bangfu_delivery_areas", "Areas by how last month's delivery of a dataset stands", ["dataset", "status"]
)
queued_seconds = Gauge("bangfu_comparison_queued_seconds", "How long the oldest comparison has waited for a worker")
succeeded_at = Gauge("bangfu_comparison_last_success_timestamp_seconds", "End of the newest full run that succeeded")

# From the start, not from the first failure: an increase is only seen between two values.
for _kind in ("limited", "full", "dry_run"):
    runs_total.labels(_kind, "failed")


async def measure(database: Database) -> None:
    """Set the gauges."""
    period = rules.shifted(f"{clock.today():%Y-%m}", -1)
    counts: Counter[tuple[str, str]] = Counter()
    async with database.transaction() as session:
        # Areas that deliver at all, as far back as their rows are kept; a county has one.
        for area in await store.areas_with_rows(session):
            ledger = await ledger_of(session, period, area, None)
            counts.update((entry.dataset, entry.status) for entry in ledger.entries)
        runs = await session.execute(
            text(
                "SELECT (SELECT min(requested_at) FROM comparison_run WHERE state = 'queued'),"
                " (SELECT max(finished_at) FROM comparison_run WHERE state = 'done' AND kind = 'full')"
            )
        )
        oldest, finished = runs.one()
    for dataset in load_datasets():
        for status in get_args(rules.Timeliness):
            deliveries.labels(dataset, status).set(counts[dataset, status])
    queued_seconds.set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0)
    succeeded_at.set(finished.timestamp() if finished else 0)
