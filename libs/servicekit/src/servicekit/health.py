"""Liveness, readiness and metrics: the same three routes on every process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.responses import Response

from servicekit.auth import public

is_ready = Gauge("bangfu_ready", "1 if the last readiness probe was answered with yes")

_ANSWER_S = 2.0

Check = tuple[str, Callable[[], Awaitable[None]]]


class Readiness:
    """What must answer before traffic may come; `draining` turns it off for good, `remarks` are for who looks."""

    def __init__(self, checks: Sequence[Check] = ()) -> None:
        self.checks = list(checks)
        self.draining = False
        self.remarks: dict[str, str] = {}
        self._asked: dict[str, asyncio.Task[None]] = {}

    async def failures(self) -> dict[str, str]:
        """Give each failing check with the kind of its error; empty when ready. Takes at most two seconds."""
        failing: dict[str, str] = {"draining": "shutting down"} if self.draining else {}
        answers = await asyncio.gather(*(self._ask(*check) for check in self.checks), return_exceptions=True)
        for (name, _), answer in zip(self.checks, answers, strict=True):
            if isinstance(answer, Exception):  # any failure means not ready; the kind is enough to act on
                failing[name] = type(answer).__name__
        is_ready.set(not failing)
        return failing

    async def _ask(self, name: str, check: Callable[[], Awaitable[None]]) -> None:
        """Raise unless the check succeeds in time.

        It is not cancelled: a cancelled query waits for the server's answer, which is what is missing. Later probes
        wait for the same one, so that a silent database's probes do not use up the pool.
        """
        if name not in self._asked or self._asked[name].done():
            self._asked[name] = asyncio.ensure_future(_run(check))
            # One that fails later than anybody waited has been told as a silence already.
            self._asked[name].add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        done, _ = await asyncio.wait({self._asked[name]}, timeout=_ANSWER_S)
        if not done:
            raise TimeoutError(name)
        await self._asked[name]


async def _run(check: Callable[[], Awaitable[None]]) -> None:
    await check()


def health_router(readiness: Readiness) -> APIRouter:
    """Give `/livez`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False, dependencies=[public("probes and metrics carry no data")])

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> Response:
        failing = await readiness.failures()
        body = {"status": "ready"} if not failing else {"status": "not_ready", "failing": failing}
        remarks = {"remarks": readiness.remarks} if readiness.remarks else {}
        return JSONResponse(body | remarks, status_code=503 if failing else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
