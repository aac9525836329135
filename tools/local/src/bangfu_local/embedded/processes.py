"""Child processes that are kept running: started, watched, restarted, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

# By its path: a service needs nothing of the packages around it, least of all when it is another release's.
_LAUNCH = Path(__file__).with_name("launch.py")
_LONGEST_PAUSE_S = 10.0
_HEALTHY_AFTER_S = 30.0
_STARTS_BEFORE_READY = 4
_STOP_LIMIT_S = 25.0
_COMMAND_TRIES = 3


class StartFailedError(RuntimeError):
    """A process did not become ready; the message ends with the last lines of its log."""


class PortTakenError(StartFailedError):
    """Another program listens where the gateway should."""

    def __init__(self, port: int) -> None:
        super().__init__(f"端口 {port} 已被占用(另一个帮扶系统,或其他程序)/ port {port} is taken")
        self.advice = (
            f"换一个端口:bangfu up --port {port + 10}(0 为自动);或先停止占用它的程序"
            " / choose another port, or stop what listens there"
        )


def tail_of(log: Path, lines: int = 15) -> str:
    """The last lines of a log; empty when there is none."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return ""


@dataclass(frozen=True)
class Command:
    """How to run one process.

    Attributes:
        name: `registry-api`, `registry-worker`, ...
        module: Python module that is run.
        ready_url: Address that answers 200 when it is ready.
        stop_rank: Lower ranks are stopped first.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    ready_url: str
    log: Path
    stop_rank: int = 0


class Child:
    """One supervised process."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.restarts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._was_ready = False
        self._gave_up = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start the process and the task that restarts it when it ends by itself."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep-{self.command.name}")

    async def _spawn(self) -> None:
        command = self.command
        with command.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # its folder holds names of the standard library
                str(_LAUNCH),
                str(os.getpid()),
                command.module,
                *command.arguments,
                env=dict(command.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C is for the supervisor, which stops in order
            )

    async def _keep(self) -> None:
        pause_s = 0.2
        while True:
            assert self._process is not None  # noqa: S101  start() ran
            started_at = time.monotonic()
            await self._process.wait()
            if self._is_stopping:
                return
            if time.monotonic() - started_at > _HEALTHY_AFTER_S:
                pause_s = 0.2
            self.restarts += 1
            if not self._was_ready and self.restarts >= _STARTS_BEFORE_READY:
                self._gave_up = True
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            await self._spawn()

    async def wait_ready(self, http: httpx.AsyncClient, timeout_s: float) -> None:
        """Wait until it answers.

        Raises:
            StartFailedError: if it ended again and again, or did not answer in time.
        """
        ends_at = time.monotonic() + timeout_s
        while time.monotonic() < ends_at and not self._gave_up:
            with contextlib.suppress(httpx.TransportError):
                response = await http.get(self.command.ready_url, timeout=3.0)
                if response.status_code == 200:
                    self._was_ready = True
                    return
            await asyncio.sleep(0.1)
        raise StartFailedError(f"{self.command.name} did not become ready\n{tail_of(self.command.log)}")

    async def stop(self) -> None:
        """Ask it to drain and end; kill it after 25 seconds."""
        self._is_stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_LIMIT_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    def kill(self) -> int:
        """End it at once, as a crash would (SIGKILL); the keeper starts it again. Returns the process id."""
        pid = self.pid
        if pid is None:
            raise ProcessLookupError(self.command.name)
        os.kill(pid, signal.SIGKILL)
        return pid


class Family:
    """All children together."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.children = {command.name: Child(command) for command in commands}

    def __getitem__(self, name: str) -> Child:
        return self.children[name]

    def pids(self) -> dict[str, int]:
        """Process ids of those that run."""
        return {name: child.pid for name, child in self.children.items() if child.pid is not None}

    async def start(self, timeout_s: float) -> None:
        """Start all at once and wait until each is ready.

        Raises:
            StartFailedError: if one is not; the others are still running.
        """
        for child in self.children.values():
            await child.start()
        async with httpx.AsyncClient(trust_env=False) as http:
            waits = [asyncio.create_task(child.wait_ready(http, timeout_s)) for child in self.children.values()]
            try:
                await asyncio.gather(*waits)
            finally:
                for wait in waits:
                    wait.cancel()

    async def stop(self) -> None:
        """Stop rank by rank: first those that take work in, last those that others depend on."""
        ranks = sorted({child.command.stop_rank for child in self.children.values()})
        for rank in ranks:
            members = [child for child in self.children.values() if child.command.stop_rank == rank]
            await asyncio.gather(*(child.stop() for child in members))


async def run_command(module: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Run a command to its end; one that was killed is given again, as an operator would.

    It has to find done what it did before: the same once more changes nothing.

    Raises:
        StartFailedError: it ended with an error, or was killed each time.
    """
    for _ in range(_COMMAND_TRIES):
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *module, env=dict(environment), stdin=asyncio.subprocess.DEVNULL,
                stdout=sink, stderr=sink,
            )  # fmt: skip
            code = await process.wait()
        if code == 0:
            return
        if code != -signal.SIGKILL:
            break
    raise StartFailedError(f"{' '.join(module)} ended with {code}\n{tail_of(log)}")
