"""The one place that builds HTTP clients: pooled, explicit timeouts, trace context carried."""

from __future__ import annotations

import httpx

from servicekit.tracing import current_traceparent


def build_client(
    base_url: str = "",
    *,
    connect_s: float = 3.0,
    read_s: float = 15.0,
    pool_size: int = 64,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """Give a client that never follows redirects and never waits without end."""
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=httpx.Timeout(read_s, connect=connect_s, pool=connect_s),
        limits=httpx.Limits(max_connections=pool_size, max_keepalive_connections=pool_size),
        follow_redirects=False,
        transport=transport,
        event_hooks={"request": [_carry_trace]},
    )


async def _carry_trace(request: httpx.Request) -> None:
    traceparent = current_traceparent()
    if traceparent and "traceparent" not in request.headers:
        request.headers["traceparent"] = traceparent
