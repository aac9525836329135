"""The worker's side of comparison runs: claim, export, compare in a thread, merge, recover."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import text

from contracts.parameters import NATION, Profile
from servicekit import clock
from servicekit.db import Database, is_transient
from servicekit.failpoints import failpoint_async
from servicekit.tracing import new_traceparent, record, set_traceparent
from servicekit.worker import Task
from sharing.catalogue.service import Catalogue, load_catalogue, load_datasets
from sharing.comparison import few, folders, store, token_keys
from sharing.comparison.engine import Comparison, DirectoryDiffersError, Limits, rule_versions
from sharing.comparison.failures import LeaseLost, RunFailed, told_plainly
from sharing.comparison.few import FewComparison
from sharing.comparison.inputs import AreaParameters, Calendar, Inputs, Source, group_parameters
from sharing.comparison.kept_directory import KeptDirectory, changed_since
from sharing.comparison.list_rows import ListRows
from sharing.comparison.listening import listen
from sharing.comparison.merge import Merged, merge_findings
from sharing.comparison.outcome import Outcome
from sharing.comparison.store import ClaimedRun
from sharing.deliveries.effective import effective_parts, lists_and_areas
from sharing.deliveries.store import COMMITTED_CHANNEL, newest_periods
from sharing.lake.store import Lake
from sharing.policy.service import profiles_at

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 1.0
_DIFFERENCE_LIMIT = 1000
_MOST_FEW = 200  # households; beyond that the fixed cost of DuckDB is the smaller one
_PREPARED_PERIODS = 2
# Shares of the households that may have changed since the directory was exported, when a list arrives and in a run.
_MOST_CHANGED_BEFORE = 0.01
_MOST_CHANGED = 0.1
_KEEP_DAYS = "sharing.row_retention_days"

runs_total = Counter("bangfu_comparison_runs_total", "Comparison runs that ended", ["kind", "state"])
run_seconds = Histogram(
    "bangfu_comparison_seconds", "Duration of a run", ["kind"], buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
)


class Executor:
    """Executes comparison runs, one at a time; several executors may work on one queue."""

    def __init__(
        self,
        database: Database,
        lake: Lake,
        folder: Path,
        *,
        catalogue: Catalogue | None = None,
        limits: Limits | None = None,
        lease_s: float = store.LEASE_S,
    ) -> None:
        """Keep the runs' folders below `folder`.

        Args:
            lease_s: How long after its last sign of life a worker is taken for dead.
        """
        self._database = database
        self._lake = lake
        self._folder = folder
        self._catalogue = catalogue or load_catalogue()
        self._limits = limits or Limits()
        self._lists = ListRows(folder / folders.LISTS, lake, memory_bytes=self._limits.memory_bytes // 4)
        self._directory = KeptDirectory(
            database, folder / folders.DIRECTORY, memory_bytes=self._limits.memory_bytes // 4
        )
        self._few = FewComparison(self._catalogue, self._lists)
        self._lease_s = lease_s
        self._look_s = lease_s / 4  # for leases that ran out, and to renew one's own

    def lane(self, *kinds: str) -> Task:
        """Give a worker task that executes runs of these kinds until told to stop."""

        async def run(stop: asyncio.Event) -> None:
            async def work() -> None:
                while not stop.is_set() and await self.work_once(kinds):
                    pass

            await listen(self._database, store.CHANNEL, work, stop, look_s=self._look_s)

        return run

    async def work_once(self, kinds: Sequence[str] = ("limited", "full", "dry_run")) -> bool:
        """Execute the next run, if there is one; tell whether there was.

        Raises:
            Exception: if the database is away; the run is back in the queue or will be when its lease ends.
        """
        if not await store.may_claim(self._database, kinds):
            return False
        async with self._database.transaction() as session:
            run = await store.claim(session, kinds, clock.now(), lease_s=self._lease_s)
        if run is None:
            return False
        await failpoint_async("comparison.claimed")
        traceparent = new_traceparent(run.traceparent)
        set_traceparent(traceparent)
        started = time.perf_counter()
        state = "done"
        try:
            await self._execute(run, started)
        except LeaseLost:
            state = "lost"
        except (asyncio.CancelledError, Exception) as error:
            state = await self._give_up(run, error)
            if state == "queued":
                raise
        finally:
            seconds = time.perf_counter() - started
            runs_total.labels(run.kind, state).inc()
            run_seconds.labels(run.kind).observe(seconds)
            record(
                "compare",
                kind="internal",
                traceparent=traceparent,
                parent=run.traceparent,
                seconds=seconds,
                attributes={"bangfu.comparison.kind": run.kind, "bangfu.comparison.state": state},
                error="" if state == "done" else state,
            )
            log.info(
                "comparison.ended", run=run.id, kind=run.kind, period=run.period, state=state, seconds=round(seconds, 3)
            )
        return True

    async def _give_up(self, run: ClaimedRun, error: BaseException) -> str:
        """Put the run back when the world is at fault, else mark it failed."""
        if isinstance(error, asyncio.CancelledError) or is_transient(error):
            with contextlib.suppress(Exception):
                async with self._database.transaction() as session:
                    await store.release(session, run)
            return "queued"
        if isinstance(error, RunFailed):
            code, detail = error.code, str(error)
        else:  # the message may hold a value of a row
            code, detail = "sharing.comparison.internal", f"{type(error).__name__}; see the worker's log"
            log.error("comparison.failed", run=run.id, error=type(error).__name__, exc_info=error)
        async with self._database.transaction() as session:
            await store.fail(session, run, clock.now(), code, detail)
        return "failed"

    async def _execute(self, run: ClaimedRun, started: float) -> None:
        if run.is_limited and await self._execute_few(run, started):
            return
        folder = self._folder / run.id
        await asyncio.to_thread(folders.fresh, folder)
        try:
            outcome = await self._export_and_compare(run, folder)
        except DirectoryDiffersError as error:  # somebody has taken households out of the tables by hand
            log.warning("comparison.directory_differs", run=run.id, detail=str(error))
            await self._directory.forget()
            outcome = await self._export_and_compare(run, folder)
        await failpoint_async("comparison.compared")
        async with self._database.transaction() as session:
            if not await store.hold(session, run):
                raise LeaseLost
            merged = Merged({}, {})
            if run.kind != "dry_run":
                merged = await merge_findings(
                    session,
                    run,
                    folder / "findings.csv",
                    skipped=outcome.skipped,
                    fact_names=self._fact_names(),
                    at=clock.now(),
                )
            await store.finish(session, run, clock.now(), time.perf_counter() - started, _result(outcome, merged))
            await failpoint_async("comparison.finishing")
        await failpoint_async("comparison.finished")
        await asyncio.to_thread(folders.tidy, folder, keep=run.kind != "dry_run")

    async def _export_and_compare(self, run: ClaimedRun, folder: Path) -> Outcome:
        inputs = await self._export(run, folder)
        await asyncio.to_thread(inputs.save, folder)
        await failpoint_async("comparison.exported")
        return await self._compare(run, folder)

    async def _execute_few(self, run: ClaimedRun, started: float) -> bool:
        """Compare a few households inside PostgreSQL, in one transaction; false if the run has too many for that."""
        async with self._database.transaction() as session:
            if not await store.hold(session, run):
                raise LeaseLost
            directory = await store.read_directory(session, run, _MOST_FEW)
            if directory is None:
                return False
            with told_plainly():
                sources = await lists_and_areas(session, list(load_datasets()), run.period, self._lake)
                token_keys.require(sources, directory.person)
                areas = {row["area_code"] for row in directory.household}
                parameters = self._parameters(await profiles_at(session, areas, Calendar.of(run.period).as_of))
                await failpoint_async("comparison.exported")
                outcome, found = await self._few.compare(session, run, directory, sources, parameters)
            await failpoint_async("comparison.compared")
            merged = await few.merge(
                session, run, found, skipped=outcome.skipped, fact_names=self._fact_names(), at=clock.now()
            )
            await store.finish(session, run, clock.now(), time.perf_counter() - started, _result(outcome, merged))
            await failpoint_async("comparison.finishing")
        await failpoint_async("comparison.finished")
        return True

    def prepare(self) -> Task:
        """Give a worker task that, as soon as a list counts, makes ready what comparisons with it will need.

        The directory's export, because a list tells that the month's comparison is near; and the list itself, sorted
        for the comparison of few households.
        """
        prepared: set[str] = set()

        async def work() -> None:
            async with self._database.transaction() as session:
                sources = [
                    source
                    for period in await newest_periods(session, _PREPARED_PERIODS)
                    for source in await lists_and_areas(session, list(load_datasets()), period, self._lake)
                ]
            lists = {source.delivery_id for source in sources if source.paths}
            if lists - prepared:
                await self._directory.bring_up_to_date(most_changed=_MOST_CHANGED_BEFORE)
            await asyncio.to_thread(self._lists.retain, sources)
            await asyncio.to_thread(self._lists.prepare, sources, load_catalogue().rows)
            prepared.clear()
            prepared.update(lists)

        async def run(stop: asyncio.Event) -> None:
            await listen(self._database, COMMITTED_CHANNEL, work, stop, look_s=self._look_s)

        return run

    async def _export(self, run: ClaimedRun, folder: Path) -> Inputs:
        """Write down everything the outcome depends on, as of one instant."""
        kept = None
        if not run.is_limited:
            with told_plainly():
                kept = await self._directory.bring_up_to_date(most_changed=_MOST_CHANGED, into=folder)
        async with self._database.transaction() as session:
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            with told_plainly():
                sources = await effective_parts(session, list(load_datasets()), run.period, self._lake)
                await token_keys.require_all(session, sources)
            changed = await changed_since(session, kept) if kept else await store.households_of(session, run)
            active = await store.active_by_area(session, None if kept else changed)
            try:
                profiles = await profiles_at(session, list(active), Calendar.of(run.period).as_of)
            except ValueError as error:
                raise RunFailed("sharing.comparison.invalid_policy_profile", str(error)) from error
            await store.export_directory(session, folder, changed)
            await store.export_records(session, [s.delivery_id for s in sources if s.kind == "record"], folder)
        return Inputs(
            period=run.period,
            rules=rule_versions(self._catalogue.rules),
            sources=tuple(
                Source(
                    source.dataset,
                    source.delivery_id,
                    source.kind,
                    source.period,
                    source.commit_seq,
                    tuple(source.paths),
                    source.exclusion,
                    source.area_code,
                )
                for source in sources
            ),
            parameters=self._parameters(profiles),
            is_limited=run.is_limited,
            overrides={name: Decimal(value) for name, value in run.overrides.items()} or None,
            households=sum(active.values()),
        )

    def _parameters(self, profiles: dict[str, Profile]) -> tuple[AreaParameters, ...]:
        if any(profile.version == 0 for profile in profiles.values()):
            raise RunFailed(
                "sharing.comparison.no_policy_profile",
                "no policy profile has been received for some areas; defaults must not decide about households",
            )
        names = self._catalogue.used_parameters
        return group_parameters(
            {
                area: (profile.version, {name: profile.number(name) for name in names})
                for area, profile in profiles.items()
            }
        )

    def _fact_names(self) -> dict[str, dict[str, dict[str, str]]]:
        facts = self._catalogue.facts
        return {
            compiled.rule.id: {name: {"zh": facts[name].zh, "en": facts[name].en} for name in compiled.facts}
            for compiled in self._catalogue.rules
        }

    async def _compare(self, run: ClaimedRun, folder: Path) -> Outcome:
        """Run DuckDB in a thread while the lease is kept and the stage told."""
        stage = ["directory"]
        comparison = Comparison(folder, self._catalogue, limits=self._limits, progress=stage.append)
        working = asyncio.ensure_future(asyncio.to_thread(comparison.run))
        try:
            renewed_at, told = time.monotonic(), "export"
            while not working.done():
                await asyncio.wait({working}, timeout=_HEARTBEAT_S)
                if working.done():
                    break
                if stage[-1] != told or time.monotonic() - renewed_at > self._look_s:
                    told = stage[-1]
                    renewed_at = time.monotonic()
                    async with self._database.transaction() as session:
                        if not await store.renew(session, run, told, lease_s=self._lease_s):
                            raise LeaseLost
            with told_plainly():
                return working.result()
        finally:
            if not working.done():
                comparison.interrupt()
                with contextlib.suppress(duckdb.Error):
                    await working

    async def sweep(self) -> None:
        """Delete folders of runs that ended, and exports made, longer ago than rows are kept.

        No longer than needed: PIPL art. 19.

        A run covers all areas, so the area that keeps rows for the shortest time decides. A run at work is left
        alone, wherever the business clock was moved to.

        Source: parameter sharing.row_retention_days.
        """
        names = await asyncio.to_thread(folders.runs_in, self._folder)
        async with self._database.transaction() as session:
            villages = await store.directory_areas(session) or [NATION]
            profiles = await profiles_at(session, villages, clock.today())
            keep = timedelta(days=min(profile.whole(_KEEP_DAYS) for profile in profiles.values()))
            old, known = await store.finished_before(session, names, clock.now() - keep)
        await self._directory.sweep(time.time() - keep.total_seconds())
        # A folder without a run, as after restoring the database, has only its own age.
        await asyncio.to_thread(
            folders.remove, self._folder, old, set(names) - known, time.time() - keep.total_seconds()
        )


def _result(outcome: Outcome, merged: Merged) -> dict[str, Any]:
    result: dict[str, Any] = {
        "rules": [
            asdict(rule) | {"new": merged.new.get(rule.rule_id, 0), "withdrawn": merged.withdrawn.get(rule.rule_id, 0)}
            for rule in outcome.rules
        ],
        "matching": [asdict(matching) for matching in outcome.matching],
    }
    if outcome.difference is not None:
        result["difference"] = [
            {
                "rule_id": difference.rule_id,
                "households_added": len(difference.added),
                "households_dropped": len(difference.dropped),
                "added": difference.added[:_DIFFERENCE_LIMIT],
                "dropped": difference.dropped[:_DIFFERENCE_LIMIT],
            }
            for difference in outcome.difference
        ]
    return result
