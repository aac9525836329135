"""Pure ASGI middleware (BaseHTTPMiddleware costs more than the work): trace context and one wide log line."""

from __future__ import annotations

import time
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit import telemetry
from servicekit.tracing import new_traceparent, record_request, set_traceparent

log = structlog.get_logger("http")

_QUIET_PATHS = frozenset({"/livez", "/readyz", "/metrics"})


class RequestLog:
    """Continues the caller's trace, answers with it, and logs each request once."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        caller = headers.get(b"traceparent", b"").decode("latin-1")
        traceparent = new_traceparent(caller)
        set_traceparent(traceparent)
        state: dict[str, Any] = scope.setdefault("state", {})
        status = 500

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"traceparent", traceparent.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "-")  # the template: a path may carry an id
            telemetry.count_request(self._service, scope["method"], route, status, seconds)
            if scope["path"] not in _QUIET_PATHS:
                log.info(
                    "request.served",
                    method=scope["method"],
                    route=route,
                    status=status,
                    duration_ms=round(seconds * 1000, 1),
                    client_id=state.get("client_id"),
                )
                record_request(scope["method"], route, status, traceparent=traceparent, parent=caller, seconds=seconds)
