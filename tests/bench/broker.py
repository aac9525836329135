"""An Apache Kafka broker for the run, started by scripts/kafka.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def _script() -> ModuleType:
    """The module scripts/kafka.py, which is on nobody's path."""
    spec = importlib.util.spec_from_file_location("bench_kafka_script", ROOT / "scripts" / "kafka.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up here
    spec.loader.exec_module(module)
    return module


class Broker:
    """The broker, or the reason why there is none."""

    def __init__(self, home: Path) -> None:
        """Start one with fresh storage in `home`; without Java or Maven, `missing` says so."""
        self._script = _script()
        self.missing = ""
        self._running: Any = None  # scripts/kafka.py's Broker
        try:
            self._running = self._script.launch(home)
        except self._script.KafkaUnavailableError as error:
            self.missing = str(error).splitlines()[0]

    @property
    def address(self) -> str:
        """host:port."""
        return str(self._running.address)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._running is None else int(self._running.pid)

    def stop(self) -> None:
        """End it."""
        if self._running is not None:
            self._script.end(self._running)
            self._running = None
