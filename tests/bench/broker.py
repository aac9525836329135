"""An Apache Kafka broker for the run, started by scripts/kafka.py."""

from __future__ import annotations

from pathlib import Path

from scripts import kafka

ROOT = Path(__file__).resolve().parents[2]


class Broker:
    """The broker, or the reason why there is none."""

    def __init__(self, home: Path) -> None:
        """Start one with fresh storage in `home`; without Java or Maven, `missing` says so."""
        self.missing = ""
        self._running: kafka.Server | None = None
        try:
            self._running = kafka.launch(home)
        except kafka.UnavailableError as error:
            self.missing = str(error).splitlines()[0]

    @property
    def address(self) -> str:
        """host:port."""
        return "" if self._running is None else self._running.address

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._running is None else self._running.pid

    def stop(self) -> None:
        """End it."""
        if self._running is not None:
            kafka.end(self._running)
            self._running = None
