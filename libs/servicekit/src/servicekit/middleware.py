"""Pure ASGI middleware (BaseHTTPMiddleware costs more than the work): text doors, ids and one wide log line."""

from __future__ import annotations

import time
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit import telemetry
from servicekit.doors import check_url, without_numbers
from servicekit.problem_handlers import render
from servicekit.problems import Problem
from servicekit.tracing import new_traceparent, record_request, request_id_of, set_traceparent

log = structlog.get_logger("http")

_QUIET_PATHS = frozenset({"/livez", "/readyz", "/metrics", "/.well-known/jwks.json"})  # asked every second


class RequestLog:
    """Continues the caller's trace, answers with its ids, lets no ID number in by the head, logs each request once."""

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
        request_id = request_id_of(headers.get(b"x-request-id"))
        caller = headers.get(b"traceparent", b"").decode("latin-1")
        traceparent = new_traceparent(caller)
        set_traceparent(traceparent)
        state: dict[str, Any] = scope.setdefault("state", {})
        status = 500

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                ids = ((b"traceparent", traceparent.encode()), (b"x-request-id", request_id))
                message = {**message, "headers": [*message["headers"], *ids]}
            await send(message)

        try:
            check_url(scope["path"], scope["query_string"])
            scope["headers"] = without_numbers(scope["headers"])
            await self._app(scope, receive, send_traced)
        except Problem as problem:
            await render(problem)(scope, receive, send_traced)
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
                    request_id=request_id.decode(),
                )
                record_request(scope["method"], route, status, traceparent=traceparent, parent=caller, seconds=seconds)
