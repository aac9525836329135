"""One Apache Kafka broker that can be killed, paused and started again on the data it had."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

from scripts import kafka


class KafkaBroker:
    """A broker of the harness's own; its address stays the same over restarts."""

    def __init__(self, home: Path, *, advertised_port: int | None = None) -> None:
        """Keep its files under `home`; tell clients to come to `advertised_port`, a proxy's, if one is given."""
        self._home = home
        self._advertised_port = advertised_port
        self._broker = kafka.launch(home, advertised_port=advertised_port)
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
        kafka.format_storage(self._home)

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    async def start(self) -> None:
        """Start it again on what it had on disk, and wait until it answers."""
        self._broker = await asyncio.to_thread(kafka.boot, self._home)
        self._is_running = True

    def stop(self) -> None:
        """End it and remove its files."""
        kafka.end(self._broker)
        shutil.rmtree(self._home, ignore_errors=True)
