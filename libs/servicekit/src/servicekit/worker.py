"""A service's worker process: relay, consumers and periodic jobs in one task group."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, time
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import Gauge

from servicekit import clock, idempotency, outbox, outward
from servicekit.bus import EventBus, open_bus
from servicekit.consumer import prune_inbox
from servicekit.db import Database
from servicekit.health import Readiness, health_router
from servicekit.keys import KeyGuard, Newcomer
from servicekit.notifications import listen
from servicekit.settings import ServiceSettings

log = structlog.get_logger(__name__)

Task = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

_HOUR_S = 3600.0
_MEASURE_S = 15.0
_DAY_LOOK_S = 0.5

day_done = Gauge(
    "bangfu_calendar_day_timestamp_seconds",
    "Day, as its midnight in China, that a daily job has done",
    ["kind"],
)


async def run_worker(
    settings: ServiceSettings,
    *,
    service: str,
    database: Database,
    tasks: Callable[[EventBus], Sequence[Task]],
    newcomer: Newcomer | None = None,
) -> None:
    """Run the outbox relay and `tasks` until SIGTERM or SIGINT, then drain.

    A task that ends with an error takes the process down: the supervisor starts it again from a known state.
    """
    clock.use_clock_file(settings.clock_file)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    bus = open_bus(settings.bus_url.get_secret_value(), client=service)
    guard = KeyGuard(database, settings.keyrings(), newcomer)
    readiness = Readiness([("database", database.ping), ("keys", guard.ready)])
    connected = asyncio.Event()
    readiness.checks.append(("bus", _when(connected, bus.ping)))
    try:
        await guard.start()
        async with asyncio.TaskGroup() as group:
            # Before the bus: whoever waits for a broker is alive, and says that it is not ready.
            server = _health_server(settings, readiness)
            serving = group.create_task(server.serve())
            await _until_started(bus, stop)
            connected.set()
            running = [
                group.create_task(task(stop))
                for task in (
                    outbox.Relay(database, bus).run,
                    _housekeeping(settings, database, bus),
                    periodic(_MEASURE_S, partial(outbox.measure, database)),
                    *_outward(database, readiness),
                    *tasks(bus),
                )
            ]
            _spare_the_collector()
            log.info("worker.started", tasks=len(running))
            await stop.wait()
            readiness.draining = True
            log.info("worker.draining")
            _, late = await asyncio.wait(running, timeout=settings.drain_s)
            for task in late:
                task.cancel()
            server.should_exit = True
            await asyncio.wait({serving}, timeout=5)
    finally:
        with contextlib.suppress(Exception):
            await bus.close()
        await database.dispose()


def _outward(database: Database, readiness: Readiness) -> Sequence[Task]:
    if not outward.topics_of(database.service):
        return ()
    return (periodic(_MEASURE_S, partial(outward.measure, database, readiness.remarks)),)


def _spare_the_collector() -> None:
    """Have the garbage collector leave alone what stays, and look less often.

    A batch of events makes and drops a hundred thousand objects without a cycle among them. By default each batch had
    the whole process walked through, modules and schemas included: a quarter of folding's time in Python.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def _when(connected: asyncio.Event, ping: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        if not connected.is_set():
            raise ConnectionError("not connected yet")
        await ping()

    return check


async def _until_started(bus: EventBus, stop: asyncio.Event) -> None:
    """Connect to the bus; a broker that is not up yet is waited for."""
    pause_s = 0.2
    while not stop.is_set():
        try:
            await bus.start()
        except Exception as error:
            log.warning("bus.not_ready", error=type(error).__name__, retry_in_s=pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)
            pause_s = min(pause_s * 2, 5.0)
        else:
            return


def _health_server(settings: ServiceSettings, readiness: Readiness) -> uvicorn.Server:
    app = FastAPI(openapi_url=None)
    app.include_router(health_router(readiness))
    config = uvicorn.Config(
        app, host=settings.host, port=settings.worker_port, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]  # the worker has its own
    return server


def _housekeeping(settings: ServiceSettings, database: Database, bus: EventBus) -> Task:
    async def tidy() -> None:
        async with database.transaction() as session:
            await idempotency.prune(session)
            await outbox.prune(session, keep_days=settings.outbox_keep_days)
            # Twice as long: whatever can still be replayed or redriven is known here if it was handled.
            await prune_inbox(session, keep_days=2 * settings.outbox_keep_days)
        await bus.tidy()

    return periodic(_HOUR_S, tidy)


def periodic(interval_s: float, job: Callable[[], Awaitable[None]]) -> Task:
    """Give a worker task that does `job` as `every` does."""

    async def run(stop: asyncio.Event) -> None:
        await every(interval_s, job, stop)

    return run


async def every(interval_s: float, job: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run `job` now and then every `interval_s` until `stop`; a failure is logged and the next turn tries again."""
    while not stop.is_set():
        await _is_done(job)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), interval_s)


def daily(interval_s: float, job: Callable[[], Awaitable[None]]) -> Task:
    """Give a worker task that does `job` as `every` does, and as soon as another day begins: of what is due by days.

    It goes by the business clock, be it moved; the metric says which day was done.
    """
    name = job.__name__ if hasattr(job, "__name__") else type(job).__name__

    async def run(stop: asyncio.Event) -> None:
        day_done.labels(name).set(0)
        while not stop.is_set():
            day = clock.today()
            if await _is_done(job):
                day_done.labels(name).set(datetime.combine(day, time(), clock.CHINA).timestamp())
            ends_at = asyncio.get_running_loop().time() + interval_s
            while not stop.is_set() and clock.today() == day:
                left_s = ends_at - asyncio.get_running_loop().time()
                if left_s <= 0:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), min(left_s, _DAY_LOOK_S))

    return run


async def _is_done(job: Callable[[], Awaitable[None]]) -> bool:
    try:
        await job()
    except Exception as error:
        log.error("job.failed", job=getattr(job, "__qualname__", "job"), error=type(error).__name__, exc_info=error)
        return False
    return True


def queue(database: Database, channel: str, work_once: Callable[[], Awaitable[bool]], look_s: float) -> Task:
    """Give a worker task that works off a queue in the database, as `listen` does.

    Args:
        channel: Notified when something was queued.
        work_once: Does the next piece of work; tells whether there was one.
        look_s: How often to look without being notified: for leases that ran out.
    """

    async def run(stop: asyncio.Event) -> None:
        async def work(_: object) -> None:
            while not stop.is_set() and await work_once():
                pass

        await listen(database, channel, work, stop, look_s=look_s)

    return run
