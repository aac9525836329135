"""The HTTP side of alerts: `create_app(settings)`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from alerts.access.service import Rights
from alerts.clues import report_routes
from alerts.clues import routes as clues
from alerts.consultations import routes as consultations
from alerts.disasters import routes as disasters
from alerts.duties import routes as duties
from alerts.feed import routes as feed
from alerts.feed.streams import StreamSeats
from alerts.feedback import routes as feedback
from alerts.figures import routes as figures
from alerts.gaps import routes as gaps
from alerts.indicators import routes as indicators
from alerts.inspections import routes as inspections
from alerts.petitions import routes as petitions
from alerts.rectification import routes as rectification
from alerts.rectification_reports import routes as rectification_reports
from alerts.scheduling import routes as scheduling
from alerts.series import routes as series
from alerts.settings import AlertsSettings
from alerts.sheets import routes as sheets
from alerts.subscriptions import routes as subscriptions
from alerts.subscriptions.guard import TargetPolicy
from alerts.subscriptions.posting import Poster
from alerts.subscriptions.service import filter_of
from alerts.subscriptions.transport import GuardedTransport, resolve
from alerts.supervision import routes as supervision
from alerts.targets import routes as targets
from alerts.timeline import routes as timeline
from servicekit.app import create_service_app
from servicekit.notifications import Wakeup
from servicekit.titling import RegistryTitles

ROUTERS: list[APIRouter] = [
    timeline.router, clues.router, report_routes.router, disasters.router, gaps.router, duties.router,
    rectification.router, rectification_reports.router, scheduling.router, consultations.router, feedback.router,
    supervision.router, figures.router, indicators.router, sheets.router, series.router, targets.router,
    inspections.router, petitions.router, feed.router, subscriptions.router,
]  # fmt: skip

_TESTS_AT_A_TIME = 2  # connections to one host: real events have those of the worker


def target_policy(settings: AlertsSettings) -> TargetPolicy:
    """Give the rules for webhook targets.

    Raises:
        ValueError: an entry of the allow- or deny-list cannot be read.
    """
    return TargetPolicy(
        settings.webhook_allow,
        deny=settings.webhook_deny,
        ports=settings.webhook_ports,
        is_embedded=settings.mode == "embedded",
    )


def create_app(settings: AlertsSettings) -> FastAPI:
    """Build the API.

    Raises:
        ValueError: settings that cannot work, before the first request.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        listening = asyncio.create_task(app.state.feed_wakeup.run(stop))
        try:
            yield
        finally:
            stop.set()
            await listening
            await app.state.registry_titles.close()
            await app.state.poster.close()

    app = create_service_app(settings, service="alerts", title="Bangfu alerts", routers=ROUTERS, lifespan=lifespan)
    app.state.cipher = settings.keyring("secret_key").cipher()
    app.state.target_policy = target_policy(settings)
    app.state.resolver = resolve
    app.state.poster = Poster(
        app.state.cipher,
        GuardedTransport(app.state.target_policy, connections_per_host=_TESTS_AT_A_TIME),
        timeout_s=settings.webhook_timeout_s,
        pool_size=settings.webhook_total_concurrency,
    )
    app.state.seats = StreamSeats(settings.stream_limit, settings.stream_limit_per_client)
    app.state.filter_of_subscription = filter_of
    app.state.rights = Rights(app.state.database)
    app.state.registry_titles = RegistryTitles(settings)
    app.state.feed_wakeup = Wakeup(app.state.database, "alerts_feed")
    return app
