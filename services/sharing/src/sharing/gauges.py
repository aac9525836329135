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
from sharing.worklist import service as worklist

INTERVAL_S = 60.0
_OVERDUE = {False: "waiting", True: "overdue"}  # whether the day to decide has passed

deliveries = Gauge(
    "bangfu_delivery_areas", "Areas by how last month's delivery of a dataset stands", ["dataset", "status"]
)
held = Gauge("bangfu_deliveries_held", "Lists that wait to be believed", ["department", "state"])
waiting = Gauge("bangfu_worklist_rows", "Rows that wait for a person", ["department", "kind", "state"])
queued_seconds = Gauge("bangfu_comparison_queued_seconds", "How long the oldest comparison has waited for a worker")
held_runs = Gauge("bangfu_comparison_runs_held", "Comparisons that are held because their findings jump", ["status"])
succeeded_at = Gauge("bangfu_comparison_last_success_timestamp_seconds", "End of the newest full run that succeeded")

# From the start, not from the first failure: an increase is only seen between two values.
for _kind in ("limited", "full", "dry_run"):
    runs_total.labels(_kind, "failed")
for _dataset in load_datasets().values():
    for _bound in ("day", "names"):
        worklist.capped_total.labels(_dataset.department, _bound)


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
                "SELECT (SELECT min(requested_at) FROM comparison_run WHERE state = 'queued'"
                " AND coalesce(not_before < clock_timestamp(), true)),"
                " (SELECT max(finished_at) FROM comparison_run WHERE state = 'done' AND kind = 'full'),"
                " (SELECT count(*) FROM comparison_run WHERE state = 'held' AND due_on >= :today),"
                " (SELECT count(*) FROM comparison_run WHERE state = 'held' AND due_on < :today)"
            ),
            {"today": clock.today()},
        )
        oldest, finished, in_time, overdue = runs.one()
        lists = await store.count_held(session, clock.today())
        rows = await worklist.count_waiting(session)
    held.clear()
    for each in lists:
        held.labels(each.department, _OVERDUE[each.is_overdue]).set(each.lists)
    waiting.clear()
    for row in rows:
        waiting.labels(row.department, row.kind, _OVERDUE[row.is_overdue]).set(row.rows)
    for dataset in load_datasets():
        for status in get_args(rules.Timeliness):
            deliveries.labels(dataset, status).set(counts[dataset, status])
    queued_seconds.set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0)
    held_runs.labels("open").set(in_time)
    held_runs.labels("overdue").set(overdue)
    succeeded_at.set(finished.timestamp() if finished else 0)
