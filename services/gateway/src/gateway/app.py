"""How the gateway is put together: its own routes behind the proxy."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from fastapi import FastAPI

from gateway.access import routes as access
from gateway.access.keys import SigningKeys
from gateway.access.tokens import FailurePolicy, TokenIssuer
from gateway.access.verifier import GatewayVerifier, Revocations
from gateway.audit import routes as audit
from gateway.audit.recorder import Recorder
from gateway.limits import Limiter
from gateway.portal import routes as portal
from gateway.portal.service import Portal
from gateway.routing.pool import UpstreamPool
from gateway.routing.proxy import Proxy
from gateway.routing.service import Directory
from gateway.settings import GatewaySettings
from servicekit.app import api_routes, create_service_app
from servicekit.http_client import build_client
from servicekit.settings import Issuer

log = structlog.get_logger(__name__)

_KEYS_CHECK_S = 60.0
_FIRST_ROUTES_EVERY_S = 0.5
_WAIT_FOR_ALL_S = 60.0


def create_app(settings: GatewaySettings) -> FastAPI:
    """Give the gateway's app."""
    app = create_service_app(
        settings,
        service="gateway",
        title="Bangfu gateway",
        routers=[access.tokens, access.clients, audit.router, portal.router],
        lifespan=_lifespan,
    )
    state = app.state
    state.keyring = SigningKeys(
        state.database,
        settings.keyring("key_encryption_key").cipher(),
        lifetime=timedelta(days=settings.signing_key_days),
    )
    state.revocations = Revocations(state.database)
    own = Issuer(
        issuer=settings.issuer, jwks_url=f"{settings.issuer}/.well-known/jwks.json", audience=settings.audience
    )
    state.verifier = GatewayVerifier(own, settings.issuers, state.keyring, state.revocations)
    state.token_issuer = TokenIssuer(
        database=state.database,
        keyring=state.keyring,
        issuer=settings.issuer,
        audience=settings.audience,
        ttl_s=settings.token_ttl_s,
        failures=FailurePolicy(settings.secret_failures, settings.secret_failure_window_s, settings.secret_lock_s),
    )
    state.token_limiter = Limiter(settings.rate_limit("token"))
    state.upstream_client = build_client(connect_s=settings.connect_timeout_s)
    state.directory = Directory(settings.upstreams, state.upstream_client)
    state.recorder = Recorder(state.database, seal_limit_s=settings.audit_seal_limit_s)
    state.portal = Portal(app, state.directory, settings.issuer)
    app.openapi = state.portal.openapi  # type: ignore[method-assign]  # /openapi.json shows the whole API
    state.pools = {
        name: UpstreamPool(
            url,
            max_connections=settings.max_upstream_connections,
            connect_timeout_s=settings.connect_timeout_s,
        )
        for name, url in settings.upstreams.items()
    }
    state.readiness.checks.append(("routes", _routes_known(state.directory)))
    own_paths = [str(route.path) for route in api_routes(app)]
    app.add_middleware(
        Proxy,
        settings=settings,
        directory=state.directory,
        pools=state.pools,
        verifier=state.verifier,
        recorder=state.recorder,
        own_prefixes=frozenset(path[4:].partition("/")[0] for path in own_paths if path.startswith("/v1/")),
    )
    return app


def _routes_known(directory: Directory) -> Callable[[], Awaitable[None]]:
    started_s = time.monotonic()

    async def check() -> None:
        # After a while, one service that is away must not take the others' routes off the air.
        is_starting = time.monotonic() - started_s < _WAIT_FOR_ALL_S
        if directory.missing and (is_starting or not directory.documents):
            raise RuntimeError("the routes of a service are not known yet")

    return check


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    tasks: list[asyncio.Task[Any]] = []
    try:
        await state.keyring.ensure()
        with contextlib.suppress(Exception):  # read again below until it works
            await state.revocations.refresh()
        await state.directory.refresh()
        tasks += [
            asyncio.create_task(_keep_keys(state.keyring)),
            asyncio.create_task(_keep_routes(state.directory, state.settings.routes_refresh_s)),
            asyncio.create_task(state.revocations.run()),
            asyncio.create_task(state.recorder.run()),
            asyncio.create_task(state.recorder.watch_seals()),
        ]
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await state.recorder.stop()
        for pool in state.pools.values():
            pool.close()
        await state.upstream_client.aclose()
        await state.verifier.close()


async def _keep_keys(keyring: SigningKeys) -> None:
    """Make successors of signing keys in time, and learn of those that other replicas made."""
    while True:
        await asyncio.sleep(_KEYS_CHECK_S)
        try:
            await keyring.ensure()
        except Exception as error:  # tried again in a minute; there is a day's overlap
            log.error("signing_key.check_failed", error=type(error).__name__)


async def _keep_routes(directory: Directory, refresh_s: float) -> None:
    """Read the services' routes again; often until each has answered once."""
    while True:
        await asyncio.sleep(min(_FIRST_ROUTES_EVERY_S, refresh_s) if directory.missing else refresh_s)
        try:
            await directory.refresh()
        except Exception as error:
            log.error("routes.refresh_failed", error=type(error).__name__, exc_info=error)
