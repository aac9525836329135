"""What every row works with: one running system, one broker, one database for the bare side, and a meter."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bangfu_local.embedded import EmbeddedSystem, standard_clients
from bangfu_local.embedded.settle import settle
from bench.broker import ROOT, Broker
from bench.data import DataFolder
from bench.processes import Meter, Usage
from bench.profiling import profiled
from bench.psql import Psql
from bench.results import Series

FOLDER = ROOT / "build" / "bench"
REGISTER = (
    "household", "household_history", "household_label", "person", "income", "episode", "import_run", "import_reject",
    "outbox",
)  # fmt: skip
"""Tables of the registry that an import writes."""
CLOCK = datetime(2026, 11, 10, 1, tzinfo=UTC)
_POLL_S = 0.05

# The bench sends more from one client than any county's rate limit allows: what is measured is the path, not the limit.
_NO_LIMITS = "{" + ", ".join(
    f'"{kind}": {{"quota": 100000000, "window_s": 1}}' for kind in ("read", "write", "upload", "token")
) + "}"  # fmt: skip


class SkippedRowError(Exception):
    """A row cannot be measured on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Options:
    """What a run was asked for.

    Attributes:
        scale: Part of the full size, 1.0 for the design's numbers.
        repetitions: Runs of each side where the row does not choose less.
        is_small: Smoke run: no thresholds.
        is_long: Also what takes minutes more (a 10,000,000-row delivery).
        profile: Processes to sample while the first side of each comparison runs, `alerts-worker`.
    """

    scale: float = 1.0
    repetitions: int = 3
    is_small: bool = False
    is_long: bool = False
    profile: tuple[str, ...] = ()

    def size(self, full: int, *, least: int = 1) -> int:
        """Scale a full size."""
        return max(least, round(full * self.scale))


class Bench:
    """The system under measurement, started once for all rows of a run."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.data = DataFolder(FOLDER / "data")
        self.folder = _own_folder()
        self.broker = Broker(self.folder / "kafka")
        self.system = EmbeddedSystem(
            self.folder / "system",
            bus=f"kafka:{self.broker.address}" if not self.broker.missing else "embedded",
            clock_start=CLOCK,
            is_fresh=True,
            # A comparison that starts by itself would be measured with the next row.
            extra_environment={
                "GATEWAY_RATE_LIMITS": _NO_LIMITS,
                "LOG_LEVEL": "INFO",
                "SHARING_COMPARISON_SETTLE_S": "86400",
            },
        )
        self.meter = Meter(self.pids)
        self.extra_pids: dict[str, int] = {}
        self.persons_registered = 0

    def pids(self) -> dict[str, int]:
        """Process ids by name: services, PostgreSQL, Kafka, and what a row started."""
        found = {name: pid for name, pid in self.system.pids().items() if name != "supervisor"}
        if self.broker.pid is not None:
            found["kafka"] = self.broker.pid
        return found | self.extra_pids

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the system and stop everything at the end."""
        try:
            async with self.system:
                await self.system.ensure_clients(standard_clients())
                await settle(self.system)
                yield
        finally:
            self.broker.stop()

    async def token(self, client_id: str) -> str:
        """Give an access token, good for ten minutes."""
        login = (client_id, self.system.secrets.clients[client_id])
        async with httpx.AsyncClient(base_url=self.system.gateway_url, trust_env=False) as http:
            response = await http.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=login)
        return str(response.raise_for_status().json()["access_token"])

    def service_url(self, service: str) -> str:
        """Address of a service's api, behind the gateway."""
        return str(json.loads(self.system.processes_path.read_text())[f"{service}-api"])

    def need_kafka(self) -> str:
        """Give the broker's address.

        Raises:
            SkippedRowError: if there is none.
        """
        if self.broker.missing:
            raise SkippedRowError(self.broker.missing)
        return self.broker.address

    # --- databases ----------------------------------------------------------------------------------------------

    @property
    def psql(self) -> Psql:
        """The bare side's database, on the system's server."""
        assert self.system._postgres is not None
        return Psql(self.system._postgres.create_database("bench", password="bench"))

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Open a connection to a service's database, autocommit."""
        async with await psycopg.AsyncConnection.connect(self.system.database_url(service), autocommit=True) as opened:
            yield opened

    async def value(self, service: str, query: str) -> Any:
        """Give the first value of a query on a service's database."""
        async with self.database(service) as connection:
            row = await (await connection.execute(query.encode())).fetchone()
        return row[0] if row else None

    async def empty(self, service: str, *tables: str) -> None:
        """Empty tables of a service, with the indexes rebuilt small."""
        async with self.database(service) as connection:
            await connection.execute(f"TRUNCATE {', '.join(tables)} CASCADE".encode())

    def checkpoint(self) -> None:
        """Write everything out, so that no side pays for what was before it."""
        assert self.system._postgres is not None
        with psycopg.connect(self.system._postgres.url(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    # --- measuring ----------------------------------------------------------------------------------------------

    def sampled(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Sample the processes that `--profile` names while a block of the system's work runs."""
        return profiled(self.options.profile, self.pids(), self.folder)

    async def interleave(
        self, sides: Sequence[tuple[Series, Callable[[], Awaitable[Usage]]]], repetitions: int | None = None
    ) -> None:
        """Run the sides in turn, A B A B, so that whatever the machine does meanwhile meets both."""
        for _ in range(repetitions or self.options.repetitions):
            for series, run in sides:
                self.checkpoint()
                async with self.sampled() if series is sides[0][0] else contextlib.nullcontext():
                    usage = await run()
                series.runs.append(usage)
                busy = sorted(usage.cpu.items(), key=lambda item: -item[1])
                shown = ", ".join(f"{name} {cpu:.1f}" for name, cpu in busy if cpu >= 0.1)
                print(f"    {series.what[:60]:60} {usage.seconds:8.2f} s   CPU {shown}", flush=True)


async def until(what: str, is_done: Callable[[], Awaitable[bool]], limit_s: float, *, poll_s: float = _POLL_S) -> None:
    """Wait until `is_done`.

    Raises:
        TimeoutError: after `limit_s`.
    """
    ends_at = time.monotonic() + limit_s
    while not await is_done():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"{what}: not after {limit_s:.0f} s")
        await asyncio.sleep(poll_s)


def _own_folder() -> Path:
    """A folder for this run, so that two can run side by side; those of runs that are over are deleted."""
    for old in FOLDER.glob("run-*"):
        if not Path(f"/proc/{old.name[4:]}").exists():
            shutil.rmtree(old, ignore_errors=True)
    own = FOLDER / f"run-{os.getpid()}"
    own.mkdir(parents=True)
    return own
