"""Logs and metrics: one wide, named line a request, event batch or delivery; never personal data."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from collections import Counter as Counted
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, TextIO
from weakref import WeakKeyDictionary

import orjson
import structlog
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contracts.id_numbers import REDACTED, without_id_numbers
from servicekit.tracing import trace_id

requests_total = Counter("bangfu_http_requests_total", "HTTP requests", ["service", "method", "route", "status"])
request_seconds = Histogram(
    "bangfu_http_request_seconds",
    "Duration of HTTP requests",
    ["service", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
)
log_lines_lost_total = Counter("bangfu_log_lines_lost_total", "Log lines that could not be written")


def count_request(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count a served request by its route's template."""
    requests_total.labels(service, method, route, str(status)).inc()
    request_seconds.labels(service, route).observe(seconds)


class _Pools(Collector):
    """The connection pools of this process, read when somebody asks."""

    def __init__(self) -> None:
        self.limits: WeakKeyDictionary[Any, tuple[str, int]] = WeakKeyDictionary()

    def describe(self) -> Iterable[Metric]:
        return self.collect()

    def collect(self) -> Iterator[Metric]:
        metric = GaugeMetricFamily("bangfu_database_connections", "The pool's connections", labels=["service", "state"])
        counts: Counted[tuple[str, str]] = Counted()
        for pool, (service, limit) in list(self.limits.items()):
            counts.update({(service, "used"): pool.checkedout(), (service, "idle"): pool.checkedin()})
            counts[service, "limit"] += limit
        for labels, count in sorted(counts.items()):
            metric.add_metric(labels, count)
        yield metric


_pools = _Pools()
REGISTRY.register(_pools)


def watch_pool(service: str, pool: object, *, limit: int) -> None:
    """Show a pool in `bangfu_database_connections{state="used|idle|limit"}` for as long as it lives."""
    _pools.limits[pool] = (service, limit)


_OTLP_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

# A safety net behind "do not log personal data": what has the length of a citizen number, mobile phones, bank cards.
_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9}|\d{16}|\d{19})(?![0-9A-Za-z])")


def redact(text: str) -> str:
    """Replace what looks like a citizen number, phone or bank card."""
    return _PERSONAL.sub(REDACTED, without_id_numbers(text))


# Written by us, or checked where they come in: what every line has need not be searched in every line.
_OURS = frozenset({"event", "level", "timestamp", "service", "trace_id", "request_id", "method", "status"})


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {_redacted(key): _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value


def _redact_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key not in _OURS:
            event[key] = _redacted(value)
    return event


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if trace_id():
        event.setdefault("trace_id", trace_id())
    return event


class _Unfailing:
    """The log's stream, which may fail without failing the request that logs: its disk is full, its reader gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return self._stream.write(text)
        log_lines_lost_total.inc()
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send structlog and the standard library's logs to stdout as JSON lines."""
    stream: Any = _Unfailing(sys.stdout)
    numeric = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _add_trace,
        _redact_values,
    ]

    def with_service(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value, default=str).decode()

    structlog.configure(
        processors=[*shared, with_service, structlog.processors.JSONRenderer(serializer=dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, with_service],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=dumps),
            ],
        )
    )
    logging.basicConfig(level=numeric, handlers=[handler], force=True)
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def export_traces(service: str, process: str) -> None:
    """Send spans to the collector that OpenTelemetry's own variables name; without one, nothing is imported.

    Source: OpenTelemetry specification, OTLP exporter configuration.
    """
    if not any(os.environ.get(name) for name in _OTLP_ENDPOINTS):
        return
    try:
        from servicekit import otel
    except ImportError:
        structlog.get_logger(__name__).warning("traces.not_exported", reason="the extra servicekit[otel] is missing")
    else:
        otel.start(service, process)
