"""Liveness, readiness and metrics: the same three routes on every process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.responses import Response

from servicekit.auth import public

is_ready = Gauge("bangfu_ready", "1 if the last readiness probe was answered with yes")

Check = tuple[str, Callable[[], Awaitable[None]]]


class Readiness:
    """What must answer before traffic may come; `draining` turns it off for good."""

    def __init__(self, checks: Sequence[Check] = ()) -> None:
        self.checks = list(checks)
        self.draining = False

    async def failures(self) -> dict[str, str]:
        """Give each failing check with the kind of its error; empty when ready."""
        failing: dict[str, str] = {"draining": "shutting down"} if self.draining else {}
        for name, check in self.checks:
            try:
                await check()
            except Exception as error:  # any failure means not ready; the kind is enough to act on
                failing[name] = type(error).__name__
        is_ready.set(not failing)
        return failing


def health_router(readiness: Readiness) -> APIRouter:
    """Give `/livez`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(public("probes and metrics carry no data"))])

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> Response:
        failing = await readiness.failures()
        body = {"status": "ready"} if not failing else {"status": "not_ready", "failing": failing}
        return JSONResponse(body, status_code=503 if failing else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
