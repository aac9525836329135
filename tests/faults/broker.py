"""One Apache Kafka broker that can be killed, paused and started again on the data it had."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
from pathlib import Path
from types import ModuleType


def _scripts_kafka() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "scripts" / "kafka.py"
    spec = importlib.util.spec_from_file_location("scripts_kafka", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


class KafkaBroker:
    """A broker of the harness's own; its address stays the same over restarts."""

    def __init__(self, home: Path, *, advertised_port: int | None = None) -> None:
        """Keep its files under `home`; tell clients to come to `advertised_port`, a proxy's, if one is given."""
        self._home = home
        self._kafka = _scripts_kafka()
        self._advertised_port = advertised_port
        self._broker = self._kafka.launch(home, advertised_port=advertised_port)
        self._is_running = True

    @property
    def address(self) -> str:
        """host:port where it listens."""
        return str(self._broker.address)

    @property
    def advertised_address(self) -> str:
        """host:port where clients are told to come."""
        return f"127.0.0.1:{self._advertised_port}" if self._advertised_port else self.address

    @property
    def pid(self) -> int:
        """Process id."""
        return int(self._broker.pid)

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._is_running

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; it stays down until `start`."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._is_running = False

    def wipe(self) -> None:
        """Delete everything that it kept, as if its disk had been replaced. It must be down."""
        self._kafka.format_storage(self._home)

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    async def start(self) -> None:
        """Start it again on what it had on disk, and wait until it answers."""
        self._broker = await asyncio.to_thread(self._kafka.boot, self._home)
        self._is_running = True

    def stop(self) -> None:
        """End it and remove its files."""
        self._kafka.end(self._broker)
        shutil.rmtree(self._home, ignore_errors=True)
