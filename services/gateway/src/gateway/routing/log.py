"""One line and two metrics a proxied request, written in batches so that they do not cost the request."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import orjson

from servicekit import telemetry

_FLUSH_S = 0.2
_FLUSH_LINES = 512
_SERVICE = "gateway"


class RequestLines:
    """Collects wide log lines; no path is logged, only the route's template: a path may carry an id."""

    def __init__(self, *, is_enabled: bool = True) -> None:
        self._is_enabled = is_enabled
        self._lines: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._counters: dict[tuple[str, str, int], Any] = {}
        self._seconds: dict[str, Any] = {}

    def served(
        self,
        *,
        method: str,
        route: str,
        status: int,
        seconds: float,
        client_id: str | None,
        bytes_in: int,
        bytes_out: int,
    ) -> None:
        """Account for one request."""
        key = (method, route, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = telemetry.requests_total.labels(_SERVICE, method, route, str(status))
        counter.inc()
        histogram = self._seconds.get(route)
        if histogram is None:
            histogram = self._seconds[route] = telemetry.request_seconds.labels(_SERVICE, route)
        histogram.observe(seconds)
        if not self._is_enabled:
            return
        self._lines.append(
            orjson.dumps(
                {
                    "event": "request.proxied",
                    "level": "info",
                    "service": _SERVICE,
                    "time_s": round(time.time(), 3),
                    "method": method,
                    "route": route,
                    "status": status,
                    "duration_ms": round(seconds * 1000, 1),
                    "client_id": client_id,
                    "bytes_in": bytes_in,
                    "bytes_out": bytes_out,
                }
            )
        )
        if len(self._lines) >= _FLUSH_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_S, self.flush)

    def flush(self) -> None:
        """Write what has been collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            sys.stdout.write(b"\n".join(self._lines).decode() + "\n")
            sys.stdout.flush()
            self._lines.clear()
