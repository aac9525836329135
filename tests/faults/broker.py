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

    def __init__(self, home: Path) -> None:
        """Keep its files under `home`."""
        self._home = home
        self._kafka = _scripts_kafka()
        self._broker = self._kafka.launch(home)

    @property
    def address(self) -> str:
        """host:port."""
        return str(self._broker.address)

    @property
    def pid(self) -> int:
        """Process id."""
        return int(self._broker.pid)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; it stays down until `start`."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    async def start(self) -> None:
        """Start it again on what it had on disk, and wait until it answers."""
        self._broker = await asyncio.to_thread(self._kafka.boot, self._home)

    def stop(self) -> None:
        """End it and remove its files."""
        self._kafka.end(self._broker)
        shutil.rmtree(self._home, ignore_errors=True)
