"""The worker's side of comparison runs: claim, export, compare in a thread, merge, recover."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import structlog
from prometheus_client import Counter, Histogram

from contracts.parameters import NATION
from servicekit import clock
from servicekit.areas import common_root
from servicekit.db import Database, is_transient
from servicekit.failpoints import failpoint_async
from servicekit.tracing import new_traceparent, record, set_traceparent
from sharing.aid.service import take as take_aid
from sharing.catalogue.service import Catalogue, load_catalogue, load_varied
from sharing.comparison import store
from sharing.comparison.evaluation.engine import Comparison, Limits, Outcome, open_database
from sharing.comparison.evaluation.inputs import (
    AID,
    FINDINGS,
    INSURANCE,
    LEDGERS,
    OCCUPATIONS,
    STATUSES,
    UNUSED,
    Inputs,
    fresh,
    remove,
    runs_in,
    tidy,
)
from sharing.comparison.evaluation.lists import DayOfPart
from sharing.comparison.exporting import Place, export
from sharing.comparison.failures import LeaseLost, RunFailed, told_plainly
from sharing.comparison.held import store as held_store
from sharing.comparison.held.holding import believe, hold_back, jumps_of, withheld_of
from sharing.comparison.merge import Merged, Reach, merge_findings
from sharing.comparison.rules import Jump
from sharing.comparison.store import ClaimedRun
from sharing.coverage.service import take as take_coverage
from sharing.directory import service as directory
from sharing.insurance.service import take as take_insurance
from sharing.lake.service import Lake
from sharing.ledgers.service import take as take_ledgers
from sharing.occupations.service import take as take_occupations
from sharing.policy.service import profiles_at
from sharing.statuses.service import take as take_statuses
from sharing.worklist.service import take_unused

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 1.0
_DIFFERENCE_LIMIT = 1000
_KEEP_DAYS = "sharing.row_retention_days"
# Parts of DuckDB's optimizer that take longer than they can save over a household's rows; what finds rows in the parts
# by their statistics and filters is not among them.
_NOT_WORTH_IT = "common_subplan,cte_inlining,filter_pullup,join_order,outer_join_simplification,statistics_propagation"

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
        self._kept = self._open_kept()
        self._day_of_part: DayOfPart = {}  # a line a part; a month of a county has some hundreds
        self._lease_s = lease_s
        self.look_s = lease_s / 4  # for leases that ran out, and to renew one's own

    def _open_kept(self) -> duckdb.DuckDBPyConnection:
        """Open what is kept between limited runs: starting it and reading footers of parts takes longer than a run."""
        few = replace(self._limits, memory_bytes=self._limits.memory_bytes // 4, threads=1)
        database = open_database(few, self._folder / "tmp")
        database.execute(f"SET disabled_optimizers = '{_NOT_WORTH_IT}'")
        return database

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
                attributes={
                    "bangfu.comparison.kind": run.kind,
                    "bangfu.comparison.state": state,
                    **({} if state == "done" else {"error.type": state}),
                },
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
            if isinstance(error, duckdb.Error):  # one that broke inside refuses everything from then on
                self._kept = self._open_kept()
            code, detail = "sharing.comparison.internal", f"{type(error).__name__}; see the worker's log"
            log.error("comparison.failed", run=run.id, error=type(error).__name__, exc_info=error)
        async with self._database.transaction() as session:
            await store.fail(session, run, clock.now(), code, detail)
        return "failed"

    async def _execute(self, run: ClaimedRun, started: float) -> None:
        folder = self._folder / run.id
        await asyncio.to_thread(fresh, folder)
        # A cursor: what a limited run creates is its own, and goes with it.
        database = self._kept.cursor() if run.is_limited else open_database(self._limits, folder / "tmp")
        varied = await asyncio.to_thread(load_varied, run.trial_rules) if run.trial_rules else None
        with contextlib.closing(database):
            with told_plainly():
                inputs = await export(
                    self._database, self._lake, self._catalogue, run, Place(folder, database), varied=varied
                )
            await asyncio.to_thread(inputs.save, folder)
            await failpoint_async("comparison.exported")
            outcome = await self._compare(run, folder, database, varied)
        await failpoint_async("comparison.compared")
        async with self._database.transaction() as session:
            if not await store.hold(session, run):
                raise LeaseLost
            jumps = await jumps_of(session, run, outcome) if run.kind == "full" else []
            if jumps:
                await hold_back(session, run, time.perf_counter() - started, _result(outcome, Merged({}, {}), jumps))
                log.warning("comparison.held", run=run.id, rules=[jump.rule_id for jump in jumps])
                return
            merged = Merged({}, {})
            if run.kind != "dry_run":
                withheld = await withheld_of(session, run, outcome, inputs.areas) if run.is_limited else []
                merged = await merge_findings(
                    session,
                    run,
                    folder / FINDINGS,
                    reach=Reach(outcome.skipped, outcome.overtaken, withheld),
                    words=self._words(),
                    at=clock.now(),
                )
                doubted = {code for rule in withheld for code in self._catalogue.by_id[rule].datasets}
                await take_statuses(
                    session,
                    self._catalogue,
                    folder / STATUSES,
                    heard=[(code, area) for code, area in outcome.heard if code not in doubted],
                    run_id=run.id,
                    period=run.period,
                    area_code=None if run.is_limited else run.area_code,
                )
                await take_aid(
                    session,
                    self._catalogue,
                    folder / AID,
                    heard=[(code, area) for code, area in outcome.heard if code not in doubted],
                    run_id=run.id,
                    period=run.period,
                    area_code=None if run.is_limited else run.area_code,
                )
                await take_insurance(
                    session,
                    folder / INSURANCE,
                    run_id=run.id,
                    period=run.period,
                    area_code=None if run.is_limited else run.area_code,
                )
            if run.is_limited and merged.new:
                await held_store.add_raised(session, run.period, merged.new)
            if run.kind == "full":
                await take_unused(
                    session,
                    folder / UNUSED,
                    run_id=run.id,
                    period=run.period,
                    area_code=run.area_code,
                    datasets=sorted({source.dataset for source in inputs.sources if source.delivery_id}),
                    unevaluated=outcome.skipped,
                )
                await take_coverage(
                    session, run_id=run.id, period=run.period, area_code=run.area_code, townships=outcome.townships
                )
                newest = _newest_alone(self._catalogue, inputs)
                await take_ledgers(session, folder / LEDGERS, newest, run_id=run.id, period=run.period)
                await take_occupations(
                    session,
                    folder / OCCUPATIONS,
                    parameters=[(group.areas, group.values) for group in inputs.parameters],
                    skipped=outcome.skipped,
                    run_id=run.id,
                    period=run.period,
                    area_code=run.area_code,
                )
                await believe(session, run)
            seconds = time.perf_counter() - started
            await store.finish(session, run, clock.now(), seconds, _result(outcome, merged), _area_of(run, inputs))
            await failpoint_async("comparison.finishing")
        await failpoint_async("comparison.finished")
        # A limited run can be made again as part of a whole one; thousands of folders a month would be too many.
        await asyncio.to_thread(tidy, folder, keep=run.kind == "full")

    def _words(self) -> dict[str, dict[str, Any]]:
        facts = self._catalogue.facts
        return {
            compiled.rule.id: {
                "text": compiled.rule.evidence.model_dump(),
                "department": compiled.rule.department.value,
                "facts": {name: {"zh": facts[name].zh, "en": facts[name].en} for name in compiled.facts},
            }
            for compiled in self._catalogue.rules
        }

    async def _compare(
        self, run: ClaimedRun, folder: Path, database: duckdb.DuckDBPyConnection, varied: Catalogue | None
    ) -> Outcome:
        """Run DuckDB in a thread while the lease is kept and the stage told."""
        stage = ["directory"]
        comparison = await asyncio.to_thread(
            Comparison,
            folder,
            self._catalogue,
            database,
            varied=varied,
            day_of_part=self._day_of_part,
            progress=stage.append,
        )
        working = asyncio.ensure_future(asyncio.to_thread(comparison.run))
        try:
            renewed_at, told = time.monotonic(), "export"
            while not working.done():
                await asyncio.wait({working}, timeout=_HEARTBEAT_S)
                if working.done():
                    break
                if stage[-1] != told or time.monotonic() - renewed_at > self.look_s:
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
        """Delete folders of runs that ended longer ago than rows are kept: no longer than needed, PIPL art. 19.

        A run covers all areas, so the area that keeps rows for the shortest time decides. A run at work is left
        alone, wherever the business clock was moved to.

        Source: parameter sharing.row_retention_days.
        """
        names = await asyncio.to_thread(runs_in, self._folder)
        async with self._database.transaction() as session:
            villages = await directory.all_areas(session) or [NATION]
            profiles = await profiles_at(session, villages, clock.today())
            keep = timedelta(days=min(profile.whole(_KEEP_DAYS) for profile in profiles.values()))
            old, known = await store.finished_before(session, names, clock.now() - keep)
        # A folder without a run, as after restoring the database, has only its own age.
        await asyncio.to_thread(remove, self._folder, old, set(names) - known, time.time() - keep.total_seconds())


def _newest_alone(catalogue: Catalogue, inputs: Inputs) -> dict[str, int]:
    """Give the newest delivery that was read, of each dataset whose rows are of no person; 0 of none."""
    newest = {code: 0 for code, rows in catalogue.rows.items() if rows.area is not None}
    for source in inputs.sources:
        if source.dataset in newest:
            newest[source.dataset] = max(newest[source.dataset], source.commit_seq)
    return newest


def _area_of(run: ClaimedRun, inputs: Inputs) -> str:
    """Give the area that a run was about: of a limited one, the smallest that holds its households."""
    return common_root(*inputs.areas) if run.is_limited and inputs.areas else run.area_code


def _result(outcome: Outcome, merged: Merged, jumps: Sequence[Jump] = ()) -> dict[str, Any]:
    result: dict[str, Any] = {
        "rules": [
            asdict(rule) | {"new": merged.new.get(rule.rule_id, 0), "withdrawn": merged.withdrawn.get(rule.rule_id, 0)}
            for rule in outcome.rules
        ],
        "matching": [asdict(matching) for matching in outcome.matching],
        "jumps": [asdict(jump) for jump in jumps],
        "households": outcome.households,
    }
    if outcome.difference is not None:
        result["difference"] = [
            {
                "rule_id": difference.rule_id,
                "households_added": len(difference.added),
                "households_dropped": len(difference.dropped),
                "added": difference.added[:_DIFFERENCE_LIMIT],
                "dropped": difference.dropped[:_DIFFERENCE_LIMIT],
                "townships": [
                    {"area_code": town, "added": added, "dropped": dropped}
                    for town, (added, dropped) in sorted(difference.townships.items())
                ],
            }
            for difference in outcome.difference
        ]
    return result
