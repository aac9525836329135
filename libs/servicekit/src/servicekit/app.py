"""How a service's HTTP app is put together, the same for all four."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from servicekit import clock, problem_handlers, problems
from servicekit.auth import PublicAccess, RequireAccess, TokenVerifier
from servicekit.db import Database
from servicekit.health import Readiness, health_router
from servicekit.keys import KeyGuard, Newcomer
from servicekit.middleware import RequestLog
from servicekit.settings import ServiceSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


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
    verifier = TokenVerifier(settings.issuers)
    guard = KeyGuard(database, settings.keyrings(), newcomer)
    readiness = Readiness([("database", database.ping), ("keys", guard.ready)])

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.dispose)
            stack.push_async_callback(verifier.close)
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
    app.add_middleware(RequestLog, service=service)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def access_of(route: RouteContext) -> RequireAccess | PublicAccess | None:
    """Give what a route declares about access; None where somebody forgot."""
    return next((call for call in _calls(route.dependant) if isinstance(call, RequireAccess | PublicAccess)), None)


def api_routes(app: FastAPI) -> list[RouteContext]:
    """Give every API route of `app`, those of included routers with what the inclusion adds to them."""
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(problems.schemas())
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"}}
    for route in api_routes(app):
        if not route.include_in_schema:
            continue
        access = access_of(route)
        for method in route.methods or ():
            operation = document["paths"][str(route.path_format)][method.lower()]
            if isinstance(access, RequireAccess):
                operation["x-bangfu-access"] = {
                    "scope": access.scope,
                    "purpose": access.purpose,
                    "classes": [str(item) for item in access.classes],
                }
                operation["security"] = [{"bearer": []}]
            elif isinstance(access, PublicAccess):
                operation["x-bangfu-access"] = {"public": access.reason}
                operation["security"] = []
    app.openapi_schema = document
    return document
