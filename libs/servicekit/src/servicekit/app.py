"""How a service's HTTP app is put together, the same for all four."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import APIRouter, FastAPI

from servicekit import clock, problem_handlers
from servicekit.db import Database
from servicekit.health import Readiness, health_router
from servicekit.keys import KeyGuard, Newcomer
from servicekit.middleware import RequestLog
from servicekit.openapi import document_of
from servicekit.revalidation import Revalidation
from servicekit.settings import ServiceSettings
from servicekit.strictness import read_bodies_strictly
from servicekit.verifier import TokenVerifier

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def create_service_app(
    settings: ServiceSettings,
    *,
    service: str,
    title: str,
    routers: Sequence[APIRouter],
    lifespan: Lifespan | None = None,
    newcomer: Newcomer | None = None,
) -> FastAPI:
    """Give the app of a service: routers, problems, probes, tracing, OpenAPI 3.1 with access declarations.

    `app.state` has `settings`, `database`, `verifier` and `readiness`; it is complete before the lifespan
    starts, so that tests may serve the app over ASGI.

    Args:
        newcomer: Asked about each key id that is configured for the first time; see `servicekit.keys.check_in`.
    """
    clock.use_clock_file(settings.clock_file)
    database = Database(
        settings.database_url.get_secret_value(),
        service=service,
        pool_size=settings.database_pool_size,
        lock_timeout_s=settings.lock_timeout_s,
    )
    replica_key = settings.replica_key.get_secret_value() if settings.replica_key else None
    verifier = TokenVerifier(settings.issuers, replica_key=replica_key)
    guard = KeyGuard(database, settings.keyrings(), newcomer)
    readiness = Readiness([("database", database.ping), ("keys", guard.ready)])

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.dispose)
            stack.push_async_callback(verifier.close)
            watching = asyncio.create_task(app.state.verifier.watch())
            stack.push_async_callback(_ended, watching)
            await guard.start()
            if lifespan is not None:
                await stack.enter_async_context(lifespan(app))
            yield

    app = FastAPI(
        title=title,
        version="1",
        lifespan=run,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,  # the address would come from whoever asks (Host)
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # servicekit.tracing tells it, without messages
    )
    app.state.settings = settings
    app.state.database = database
    app.state.verifier = verifier
    app.state.readiness = readiness
    problem_handlers.install(app)
    app.include_router(health_router(readiness))
    for router in routers:
        app.include_router(router)
    read_bodies_strictly(app)
    app.add_middleware(Revalidation)
    app.add_middleware(RequestLog, service=service)
    app.openapi = lambda: document_of(app, service)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app
