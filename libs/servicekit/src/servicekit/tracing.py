"""W3C trace context, carried through HTTP headers and events; finished spans for whoever exports them.

The context is always there: logs, events and problems carry its trace id. A span costs something only once
`export_to` was called (servicekit.otel). Spans hold templates, codes and numbers, never personal data.

Source: W3C Trace Context, level 1.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from contracts.id_numbers import carries_id_number

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


Kind = Literal["internal", "server", "client", "producer", "consumer"]


@dataclass(frozen=True, slots=True)
class Span:
    """A finished piece of work.

    Attributes:
        traceparent: Its own context: trace, span, flags.
        parent: The context that it continues, if it does.
        links: Contexts of the other events of a batch.
        started_ns: Nanoseconds since the epoch.
        ended_ns: The same.
    """

    name: str
    kind: Kind
    traceparent: str
    parent: str | None
    started_ns: int
    ended_ns: int
    attributes: Mapping[str, str | int]
    links: Sequence[str] = ()

    @property
    def error(self) -> str:
        """Kind of the error that ended it; empty if it went well."""
        return str(self.attributes.get("error.type", ""))


_sink: Callable[[Span], None] | None = None


def export_to(sink: Callable[[Span], None] | None) -> None:
    """Hand every finished span of a sampled trace to `sink`, which must not block; None ends that."""
    global _sink  # noqa: PLW0603 - one exporter a process, set at its start
    _sink = sink


def record(
    name: str,
    *,
    kind: Kind,
    traceparent: str,
    parent: str | None,
    seconds: float,
    attributes: Mapping[str, str | int],
    links: Sequence[str] = (),
) -> None:
    """Tell of work that ended now and took `seconds`; nothing while nobody exports, or the trace is not sampled.

    Args:
        attributes: With `error.type`, where it failed.
    """
    if _sink is None or not traceparent.endswith("1"):
        return
    ended_ns = time.time_ns()
    started_ns = ended_ns - int(seconds * 1e9)
    continued = parent if parent and _TRACEPARENT.match(parent) and parent[3:35] == traceparent[3:35] else None
    others = [link for link in links if _TRACEPARENT.match(link)]  # events may come from anywhere
    _sink(Span(name, kind, traceparent, continued, started_ns, ended_ns, attributes, others))


def record_request(
    method: str, route: str, status: int, *, traceparent: str, parent: str | None, seconds: float
) -> None:
    """Tell of a request that was answered; `route` is the template, because a path may carry an id.

    Source: OpenTelemetry semantic conventions for HTTP spans.
    """
    if _sink is None:
        return
    record(
        f"{method} {route}",
        kind="server",
        traceparent=traceparent,
        parent=parent,
        seconds=seconds,
        attributes={
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            **({"error.type": str(status)} if status >= 500 else {}),
        },
    )


@contextmanager
def span(
    name: str,
    *,
    kind: Kind,
    parent: str | None,
    links: Sequence[str] = (),
    attributes: Mapping[str, str | int],
) -> Iterator[None]:
    """Make the body of the `with` a span that continues `parent`: current while it runs, recorded when it ends."""
    traceparent = new_traceparent(parent)
    before = _current.set(traceparent)
    started_s = time.perf_counter()
    failure: dict[str, str] = {}
    try:
        yield
    except BaseException as problem:
        failure = {"error.type": type(problem).__name__}
        raise
    finally:
        _current.reset(before)
        seconds = time.perf_counter() - started_s
        record(
            name,
            kind=kind,
            traceparent=traceparent,
            parent=parent,
            seconds=seconds,
            attributes={**attributes, **failure},
            links=links,
        )


def new_traceparent(parent: str | None = None) -> str:
    """Give a traceparent for a new span: a child of `parent` when that is well formed, else a new trace."""
    match = _TRACEPARENT.match(parent or "")
    # A trace id goes into every log line: one that spells a citizen number is not continued.
    is_given = match is not None and match.group(1) != "0" * 32 and not carries_id_number(match.group(1))
    trace_id = match.group(1) if match is not None and is_given else os.urandom(16).hex()
    flags = match.group(3) if match else "01"
    return f"00-{trace_id}-{os.urandom(8).hex()}-{flags}"


def request_id_of(given: bytes | None) -> bytes:
    """Give the caller's request id when it is harmless, else a new one (32 hex digits)."""
    if given is not None and _REQUEST_ID.fullmatch(given) and not carries_id_number(given.decode()):
        return given
    return os.urandom(16).hex().encode()


def set_traceparent(value: str | None) -> None:
    """Make `value` the current span of this task."""
    _current.set(value)


def current_traceparent() -> str | None:
    """Give the current span's traceparent, if there is one."""
    return _current.get()


def trace_id() -> str | None:
    """Give the current trace id: what a user quotes when asking for help."""
    value = _current.get()
    return value.split("-")[1] if value else None
