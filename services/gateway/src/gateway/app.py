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
from starlette.datastructures import State
from starlette.types import ASGIApp

from gateway.access import routes as access
from gateway.access.exchange import PeopleDesk
from gateway.access.keys import SigningKeys
from gateway.access.replicas import Replicas
from gateway.access.token_routes import tokens
from gateway.access.tokens import FailurePolicy, TokenIssuer
from gateway.access.verifier import GatewayVerifier, Revocations
from gateway.audit import routes as audit
from gateway.audit.recorder import Recorder
from gateway.audit.service import require_separate_role
from gateway.batch import routes as batch
from gateway.compression import Compression
from gateway.console import phone
from gateway.console.service import Console, door_of
from gateway.limits import Limiter
from gateway.people.service import PeopleIssuers, Sessions
from gateway.portal import routes as portal
from gateway.portal.service import Portal
from gateway.routing.own import own_routes
from gateway.routing.pool import UpstreamPool
from gateway.routing.proxy import Proxy
from gateway.routing.service import Directory
from gateway.settings import GatewaySettings
from servicekit.app import create_service_app
from servicekit.http_client import build_client
from servicekit.settings import Issuer

log = structlog.get_logger(__name__)

_KEYS_CHECK_S = 60.0
_REVOCATIONS_EVERY_S = 0.5
_KEYS_EVERY_S = 0.9
_FIRST_ROUTES_EVERY_S = 0.5
_WAIT_FOR_ALL_S = 60.0
_PEOPLE_ISSUER_S = 5.0


def create_app(settings: GatewaySettings) -> FastAPI:
    """Give the gateway's app."""
    app = create_service_app(
        settings,
        service="gateway",
        title="Bangfu gateway",
        routers=[
            tokens,
            access.clients,
            access.proposals,
            access.replicas,
            audit.router,
            batch.router,
            portal.router,
            phone.router,
        ],
        lifespan=_lifespan,
    )
    state = app.state
    state.keyring = SigningKeys(
        state.database,
        settings.keyring("key_encryption_key").cipher(),
        lifetime=timedelta(days=settings.signing_key_days),
    )
    replica_key = settings.replica_key.get_secret_value() if settings.replica_key else None
    state.replicas = Replicas(state.database, state.keyring, replica_key)
    state.revocations = Revocations(state.database)
    own = Issuer(
        issuer=settings.issuer,
        jwks_url=f"{settings.issuer}/.well-known/jwks.json",
        audience=settings.audience,
        names_people=True,
    )
    ring = settings.keyring("key_encryption_key")
    sessions = Sessions([ring.current, *(ring.keys[key_id] for key_id in ring.other_ids)], is_on=settings.bind_sessions)
    state.verifier = GatewayVerifier(own, settings.issuers, state.keyring, state.revocations, sessions)
    state.token_issuer = TokenIssuer(
        database=state.database,
        keyring=state.keyring,
        issuer=settings.issuer,
        audience=settings.audience,
        ttl_s=settings.token_ttl_s,
        machines_stand_in=settings.machines_stand_in,
        failures=FailurePolicy(settings.secret_failures, settings.secret_failure_window_s, settings.secret_lock_s),
    )
    state.people_client = build_client(connect_s=settings.connect_timeout_s, read_s=_PEOPLE_ISSUER_S)
    issuers = PeopleIssuers(settings.people_issuers, state.people_client)
    state.people_desk = PeopleDesk(state.token_issuer, issuers, sessions)
    state.console = _console(settings, state)
    state.token_limiter = Limiter(settings.rate_limit("token"))
    state.upstream_client = build_client(connect_s=settings.connect_timeout_s)
    state.directory = Directory(settings.upstreams, state.upstream_client)
    state.recorder = Recorder(
        state.database, seal_limit_s=settings.audit_seal_limit_s, refusals_per_minute=settings.audit_refusals_per_minute
    )
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
    state.directory.add_own(own_routes(app))
    app.add_middleware(_Edge, state=state)
    app.add_middleware(Compression)
    return app


def _console(settings: GatewaySettings, state: State) -> Console | None:
    if settings.console is None:
        return None
    ring = settings.keyring("key_encryption_key")
    door = door_of(settings.console, settings.people_issuers, settings.issuer, state.people_client)
    return Console(settings.console, door, state.people_desk, state.database, ring.current, ring.cipher())


class _Edge(Proxy):
    """The proxy with what the app holds; the app's tasks find it in its state."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        super().__init__(
            app,
            settings=state.settings,
            directory=state.directory,
            pools=state.pools,
            verifier=state.verifier,
            recorder=state.recorder,
        )
        state.edge = self


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
        if state.settings.mode == "production" and not state.settings.allow_shared_role:
            await require_separate_role(state.database)
        await state.keyring.ensure()
        with contextlib.suppress(Exception):  # read again below until it works
            await state.revocations.refresh()
        await state.directory.refresh()
        tasks += [
            asyncio.create_task(_keep_keys(state.keyring)),
            asyncio.create_task(_keep_routes(state.directory, state.settings.routes_refresh_s)),
            asyncio.create_task(_keep_revocations(state)),
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
        await state.people_client.aclose()
        await state.verifier.close()


async def _keep_revocations(state: State) -> None:
    """Learn of changed clients, and end what still runs for those who lost something."""
    while True:
        try:
            await state.revocations.refresh()
            await state.keyring.load_if_older(_KEYS_EVERY_S)
            await state.replicas.confirm()
        except Exception as error:  # while the database is away, what was known stands
            log.warning("revocations.unreadable", error=type(error).__name__)
        state.edge.end_revoked()
        await asyncio.sleep(_REVOCATIONS_EVERY_S)


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
