"""One run: a system, a month, a plan of what goes wrong, and what the promises were worth."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types

from faults.arena import Arena
from faults.checks import deliveries, duties, events, findings
from faults.drain import drained
from faults.history import History
from faults.month import Month
from faults.nemesis.catalogue import ALL
from faults.nemesis.disk import why_not_mounted
from faults.plan import Plan, Strike
from faults.probe import Prober, lies

ROOT = Path("build/faults")
DRAIN_S = 60.0
STEP_S = 180.0

# Short times where long ones would only be waited for.
_ENVIRONMENT = {
    "SHARING_COMPARISON_LEASE_S": "6",
    "ALERTS_WEBHOOK_TIMEOUT_S": "1",
    "ALERTS_STREAM_HEARTBEAT_S": "2",
    "ALERTS_OVERDUE_CHECK_S": "0.5",
}


@dataclass
class Result:
    """What a run showed.

    Attributes:
        failures: One sentence each; empty when every promise held.
        visits: How often each failpoint was come by.
        killed: Failpoints at which a process died.
    """

    plan: Plan
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    drained_s: float = 0.0
    restarts: int = 0
    alerts: int = 0
    repeats: int = 0
    visits: Counter[str] = field(default_factory=Counter)
    killed: list[str] = field(default_factory=list)


async def run(plan: Plan, *, folder: Path | None = None, keep: bool = False) -> Result:
    """Run a plan in a folder of its own; give what it showed."""
    folder = (folder or ROOT / f"{plan.bus}-{plan.seed}").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    state = folder / "killed"
    state.mkdir(parents=True)
    trace = folder / "trace.txt"
    history = History(folder / "history.jsonl")
    history.append("plan", **_as_json(plan))
    result = Result(plan)
    began_at = time.monotonic()
    others = _children()
    arena = _arena(plan, folder, history)
    arena.environment |= {
        "FAILPOINT": ",".join(plan.failpoints),
        "FAILPOINT_STATE": str(state),
        "FAILPOINT_TRACE": str(trace),
    }
    try:
        await _attempt(arena, plan, result)
    except Exception as error:
        history.append("error", error=type(error).__name__, detail=str(error)[:500])
        result.failures.append(f"the month did not come to its end: {type(error).__name__}: {error}")
    finally:
        if left := await _stop(arena, others):
            result.failures.append(f"processes are left: {left}")
    result.seconds = round(time.monotonic() - began_at, 1)
    result.killed = sorted(marker.name for marker in state.iterdir())
    if trace.exists():
        result.visits = Counter(line.split()[0] for line in trace.read_text().splitlines())
    for failure in result.failures:
        history.append("failure", text=failure)
    history.close()
    if not keep and not result.failures:
        for part in ("data", "kafka"):
            shutil.rmtree(folder / part, ignore_errors=True)
    return result


def _as_json(plan: Plan) -> dict[str, object]:
    return {
        "seed": plan.seed,
        "bus": plan.bus,
        "workers": plan.workers,
        "failpoints": plan.failpoints,
        "kills": [f"{kill.signal.name} {kill.process} {kill.after_s:.2f} s into {kill.step}" for kill in plan.kills],
        "strikes": [f"{strike.nemesis} {strike.after_s:.2f} s into {strike.step}" for strike in plan.strikes],
    }


def _arena(plan: Plan, folder: Path, history: History) -> Arena:
    struck = [ALL[strike.nemesis] for strike in plan.strikes]
    links = {link for nemesis in struck for link in nemesis.links}
    disks = set() if why_not_mounted() else {disk for nemesis in struck for disk in nemesis.disks}
    return Arena(
        folder,
        plan.bus,
        history,
        wanted_links=sorted(links),
        wanted_disks=sorted(disks),
        environment=dict(_ENVIRONMENT),
        workers=plan.workers,
    )


async def _attempt(arena: Arena, plan: Plan, result: Result) -> None:
    month = Month(arena, plan.seed)
    await arena.start()
    prober = Prober(arena)
    prober.start()
    try:
        await _drive(month, plan)
        result.drained_s = await drained(arena, within_s=DRAIN_S)
        await arena.wait_ready(30 * arena.slowness)
        await _check(month, result)
        result.restarts = sum(process.restarts for process in arena.processes.values())
    finally:
        await prober.stop()
        if month.subscribers is not None:
            await month.subscribers.close()
    result.failures += [f"P8: {text}" for text in lies(prober.answers, arena.outages)]


async def _drive(month: Month, plan: Plan) -> None:
    """Step by step; what the plan has for a step begins with it and is over before the next."""
    history = month.arena.history
    for name, step in month.steps().items():
        history.append("step", step=name)
        trouble = [asyncio.create_task(_trouble(month.arena, plan, name, item)) for item in _of_step(plan, name)]
        try:
            async with asyncio.timeout(STEP_S * month.arena.slowness):
                await step()
        finally:
            await asyncio.gather(*trouble)
    history.append("step", step="healed")


@dataclass(frozen=True)
class _Item:
    after_s: float
    act: Callable[[Arena, random.Random], Awaitable[None]]
    what: str


def _of_step(plan: Plan, step: str) -> list[_Item]:
    items = [
        _Item(strike.after_s, _strike_of(strike), strike.nemesis) for strike in plan.strikes if strike.step == step
    ]
    for kill in plan.kills:
        if kill.step == step:

            async def signal(arena: Arena, _: random.Random, kill: object = kill) -> None:
                arena.processes[kill.process].signal(kill.signal)  # type: ignore[attr-defined]

            items.append(_Item(kill.after_s, signal, f"{kill.signal.name} {kill.process}"))
    return items


def _strike_of(strike: Strike) -> Callable[[Arena, random.Random], Awaitable[None]]:
    async def act(arena: Arena, rng: random.Random) -> None:
        nemesis = ALL[strike.nemesis]
        try:
            await nemesis.strike(arena, rng)
        finally:
            await nemesis.heal(arena)

    return act


async def _trouble(arena: Arena, plan: Plan, step: str, item: _Item) -> None:
    await asyncio.sleep(item.after_s)
    arena.history.append("trouble", step=step, what=item.what)
    await item.act(arena, random.Random(f"{plan.seed} {step} {item.what}"))
    arena.history.append("trouble-over", step=step, what=item.what)


_CHECKS: tuple[Callable[[Month], Awaitable[list[str]]], ...] = (
    deliveries.receipts_have_one_effect,
    deliveries.rows_are_where_receipts_say,
    deliveries.rows_were_judged_right,
    deliveries.register_is_whole,
    findings.findings_equal_the_oracle,
    findings.clues_equal_the_findings,
    findings.verifications_held,
    events.bus_equals_outboxes,
    events.tables_equal_outboxes,
    events.dead_letters_are_the_planted_ones,
    events.webhooks_are_done,
    duties.list_equals_what_was_announced,
    duties.duties_follow_their_clues,
    duties.each_step_was_told_once,
    duties.what_was_taken_in_hand_is,
)


async def _check(month: Month, result: Result) -> None:
    assert month.subscribers is not None
    result.failures += [
        f"P5: {text}" for text in await month.subscribers.differences(within_s=30 * month.arena.slowness)
    ]
    for check in _CHECKS:
        found = await check(month)
        month.arena.history.append("checked", check=check.__name__, failures=len(found))
        result.failures += found
    result.alerts = len(month.subscribers.inboxes[0].events)
    result.repeats = sum(inbox.repeats for inbox in month.subscribers.inboxes)


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


async def _stop(arena: Arena, others: set[psutil.Process]) -> list[str]:
    """Stop everything; give what is still there afterwards and is none of `others`."""
    ours = _children() - others
    with contextlib.suppress(Exception):
        await arena.stop()
    ours |= _children() - others
    _, alive = await asyncio.to_thread(psutil.wait_procs, ours, timeout=5)
    names = []
    for process in alive:
        with contextlib.suppress(psutil.Error):
            names.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
            process.kill()
    return names
