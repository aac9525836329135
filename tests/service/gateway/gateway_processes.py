"""Processes of the gateway that a test kills and starts again, and waiting for what they do."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest


class Process:
    """A process of ours that can be killed and started again on the same port."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command = command
        self.environment = environment
        self.log = log
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as sink:
            self.running = subprocess.Popen(self.command, env=self.environment, stdout=sink, stderr=sink)

    @property
    def pid(self) -> int:
        assert self.running is not None
        return self.running.pid

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.running is not None:
            if self.running.poll() is None:
                self.running.send_signal(number)
            try:
                self.running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait()
            self.running = None


async def until(check: Callable[[], Awaitable[bool]], what: str, seconds: float = 20) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        try:
            if await check():
                return
        except (httpx.HTTPError, OSError):
            pass
        await asyncio.sleep(0.05)
    pytest.fail(f"{what} did not happen within {seconds} s")
