"""W3C trace context, carried through HTTP headers and events.

Source: W3C Trace Context, level 1.
"""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def new_traceparent(parent: str | None = None) -> str:
    """Give a traceparent for a new span: a child of `parent` when that is well formed, else a new trace."""
    match = _TRACEPARENT.match(parent or "")
    trace_id = match.group(1) if match and match.group(1) != "0" * 32 else os.urandom(16).hex()
    flags = match.group(3) if match else "01"
    return f"00-{trace_id}-{os.urandom(8).hex()}-{flags}"


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
