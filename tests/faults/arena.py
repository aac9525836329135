"""The running system as harness and nemeses see it: processes, database, bus, links, clock, history."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx

from bangfu.sdk import Bangfu
from bangfu.sdk.retries import Retries
from bangfu_local.embedded import EmbeddedSystem, Ports
from bangfu_local.embedded.processes import Child, Command, Family
from faults.broker import KafkaBroker
from faults.history import History
from faults.nemesis.disk import SmallDisk
from faults.nemesis.proxy import TcpProxy
from servicekit.embedded.ports import free_port
from servicekit.embedded.postgres import EmbeddedPostgres

SERVICES = ("registry", "sharing", "alerts", "gateway")
DATABASES = (*SERVICES, "bus")
PATIENCE_S = 120.0
"""How long a client repeats a request: longer than any fault lasts."""
_DISK_MIB = 1024
_EXPECTED_START_S = 15.0
_TWINS_READY_S = 120.0
CLOCK_START = datetime(2026, 11, 10, 1, tzinfo=UTC)


@dataclass
class Process:
    """A process of a service: `sharing-api`. Kubernetes would start it again when it ended; so does its keeper."""

    name: str
    ready_url: str
    _child: Child
    _history: History

    @property
    def service(self) -> str:
        """`registry`, `sharing`, `alerts` or `gateway`."""
        return self.name.partition("-")[0]

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return self._child.restarts

    @property
    def environment(self) -> Mapping[str, str]:
        """What it was started with."""
        return self._child.command.environment

    def signal(self, number: signal.Signals) -> int | None:
        """Send a signal; give the process id, None if there was no process."""
        pid = self.pid
        if pid is not None:
            self._history.append("signal", process=self.name, pid=pid, signal=number.name)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid

    def kill(self) -> None:
        """SIGKILL; its keeper starts it again."""
        self.signal(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP, as a long garbage collection or a frozen machine."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM, as a rolling restart: it drains, ends, and its keeper starts it again."""
        self.signal(signal.SIGTERM)

    async def is_ready(self, timeout_s: float = 3.0) -> bool:
        """Ask `/readyz` once."""
        async with httpx.AsyncClient(trust_env=False, timeout=timeout_s) as http:
            with contextlib.suppress(httpx.HTTPError):
                return (await http.get(self.ready_url)).status_code == 200
        return False

    async def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Wait until `/readyz` answers 200.

        Raises:
            TimeoutError: it did not.
        """
        async with asyncio.timeout(timeout_s):
            while not await self.is_ready():  # noqa: ASYNC110  another process cannot set an event here
                await asyncio.sleep(0.1)


def _twin(worker: Command) -> Command:
    """How to run the same worker once more."""
    name, port = f"{worker.name}-2", free_port()
    return replace(
        worker,
        name=name,
        environment={**worker.environment, f"{worker.module.upper()}_WORKER_PORT": str(port)},
        ready_url=f"http://127.0.0.1:{port}/readyz",
        log=worker.log.with_name(f"{name}.log"),
    )


@dataclass(frozen=True)
class Outage:
    """A time in which something that processes depend on was away, in seconds since the run began."""

    cause: str
    processes: tuple[str, ...]
    began_s: float
    ended_s: float


@dataclass
class Arena:
    """A system under attack.

    Attributes:
        links: Proxies in front of databases by name (`registry`, `sharing`, `alerts`, `gateway`), of the bus (`bus`:
            the embedded bus's database, or the Kafka broker, which advertises the proxy's port) and of the webhook
            receiver (`webhook`); only those that a nemesis of the run asked for.
        disks: Folders of the data directory (`postgres`, `sharing`, `logs`) that are small disks of their own; only
            those that a nemesis asked for.
        broker: The Kafka broker; None on the embedded bus.
        outages: What readiness is judged by; nemeses add to it with `outage`.
        workers: How many run of each worker, one or two: the second ones are `sharing-worker-2` and so on.
        slowness: How much slower than expected this machine started the system; every limit of time is stretched by it,
            so that a busy machine proves the same.
    """

    folder: Path
    bus: str
    history: History
    wanted_links: Collection[str] = ()
    wanted_disks: Collection[str] = ()
    environment: dict[str, str] = field(default_factory=dict)
    links: dict[str, TcpProxy] = field(default_factory=dict)
    disks: dict[str, SmallDisk] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    broker: KafkaBroker | None = None
    workers: int = 1
    slowness: float = 1.0
    _system: EmbeddedSystem | None = None
    _twins: Family | None = None
    _clock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _spawned: set[int] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bring everything up: PostgreSQL as durable as promised, the broker, proxies, services.

        Raises:
            MountRefusedError: a small disk was wanted, and this process may not mount one.
        """
        port = free_port()
        for name in self.wanted_disks:
            disk = SmallDisk(self.folder / "data" / name, size_mib=_DISK_MIB)
            disk.mount()
            self.disks[name] = disk
        for name in self.wanted_links:
            if name in DATABASES:
                self.links[name] = TcpProxy("127.0.0.1", port)
                await self.links[name].start()
        if self.bus == "kafka":
            way = self.links.get("bus")
            self.broker = KafkaBroker(self.folder / "kafka", advertised_port=way.port if way else None)
            if way:
                way.retarget("127.0.0.1", int(self.broker.address.rpartition(":")[2]))
        self._system = EmbeddedSystem(
            self.folder / "data",
            bus=f"kafka:{self.broker.advertised_address}" if self.broker else "embedded",
            clock_start=CLOCK_START,
            is_fresh=not self.disks,  # a mounted folder cannot be removed
            durable=True,
            ports=Ports(postgres=port, databases={name: link.port for name, link in self.links.items()}),
            extra_environment=self.environment,
        )
        began_at = time.monotonic()
        await self._system.start()
        if self.workers == 2:
            children = self._system.family.children.values()
            self._twins = Family([_twin(child.command) for child in children if child.command.name.endswith("-worker")])
            await self._twins.start(_TWINS_READY_S)
        self.slowness = max(1.0, (time.monotonic() - began_at) / _EXPECTED_START_S)
        self.history.append("started", slowness=round(self.slowness, 1))

    async def stop(self) -> None:
        """End everything that was started."""
        if self._system is not None:
            for process in self.processes.values():
                process.signal(signal.SIGCONT)
            if self._twins is not None:
                await self._twins.stop()
            await self._system.stop()
        for link in self.links.values():
            await link.close()
        if self.broker is not None:
            self.broker.stop()
            self.broker = None
        for disk in self.disks.values():
            disk.unmount()

    # --- what there is ------------------------------------------------------------------------------------------

    @property
    def system(self) -> EmbeddedSystem:
        """The embedded system."""
        assert self._system is not None
        return self._system

    @property
    def processes(self) -> dict[str, Process]:
        """The service processes by name: `registry-api`, `registry-worker`, ..., second workers last."""
        if self._system is None or not self._system.is_started:
            return {}
        children = self.system.family.children | (self._twins.children if self._twins is not None else {})
        return {name: Process(name, child.command.ready_url, child, self.history) for name, child in children.items()}

    def process(self, service: str, kind: str) -> Process:
        """One process; `kind` is `api` or `worker`."""
        return self.processes[f"{service}-{kind}"]

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The server of all databases. `kill()` leaves it down until `start()`; after a SIGKILL of its `pid` the
        system starts it again by itself.
        """
        return self.system.postgres

    def database_url(self, service: str) -> str:
        """URL of a database (`bus` for the embedded bus's), past the proxies."""
        return self.system.database_url(service)

    @property
    def bus_url(self) -> str:
        """What `servicekit.bus.open_bus` takes, past the proxies."""
        return f"kafka:{self.broker.address}" if self.broker else f"embedded:{self.system.bus_database_url}"

    @property
    def data_dir(self) -> Path:
        """Everything on disk: `postgres/`, `<service>/` (the lake is in `sharing/`), `logs/`."""
        return self.system.data_dir

    def client(self, client_id: str) -> Bangfu:
        """An SDK client that repeats what failed, with the same idempotency key, for longer than any fault lasts."""
        return Bangfu(
            self.system.gateway_url,
            client_id,
            self.system.secrets.clients[client_id],
            retries=Retries(PATIENCE_S * self.slowness, longest_s=2.0),
        )

    async def move_clock(self, by: timedelta) -> None:
        """Move the business clock; when this returns, every process has seen it."""
        async with self._clock:  # a nemesis and the month may both move it
            await asyncio.to_thread(self.system.clock.forward, by)

    @contextlib.contextmanager
    def outage(self, cause: str, processes: Collection[str] | None = None) -> Iterator[None]:
        """Note that `processes` (all, when None) lack something they depend on while the block runs."""
        names = tuple(self.processes if processes is None else processes)
        began_s = self.history.now_s()
        self.history.append("outage-begins", cause=cause, processes=names)
        try:
            yield
        finally:
            self.outages.append(Outage(cause, names, began_s, self.history.now_s()))
            self.history.append("outage-ends", cause=cause)

    async def wait_ready(self, timeout_s: float = 90.0) -> None:
        """Wait until every process is ready.

        Raises:
            TimeoutError: one is not.
        """
        ends_at = time.monotonic() + timeout_s
        for process in self.processes.values():
            await process.wait_ready(max(0.1, ends_at - time.monotonic()))
