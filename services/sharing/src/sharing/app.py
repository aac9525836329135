"""The HTTP side of sharing: `create_app(settings)`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from servicekit.app import create_service_app
from servicekit.holding import Duties
from servicekit.titling import RegistryTitles
from sharing.agreements import routes as agreements
from sharing.catalogue import routes as catalogue
from sharing.catalogue.service import load_catalogue
from sharing.comparison import routes as comparison
from sharing.comparison.service import enqueue_households
from sharing.corrections import routes as corrections
from sharing.coverage import routes as coverage
from sharing.deliveries import holding, ledger, records, rejects_routes
from sharing.deliveries import routes as deliveries
from sharing.deliveries.context import Intake
from sharing.explanations import routes as explanations
from sharing.findings import routes as findings
from sharing.funds import routes as funds
from sharing.indicators import routes as indicators
from sharing.insurance import routes as insurance
from sharing.products import routes as products
from sharing.products.loading import load_products
from sharing.projects import routes as projects
from sharing.provision import routes as provision
from sharing.purposes import routes as purposes
from sharing.rulebook import routes as rulebook
from sharing.settings import SharingSettings
from sharing.timeline import routes as timeline
from sharing.worklist import routes as worklist

ROUTERS: list[APIRouter] = [
    catalogue.router,
    deliveries.router,
    holding.router,
    worklist.router,
    rejects_routes.router,
    records.router,
    ledger.router,
    rulebook.router,
    comparison.router,
    coverage.router,
    timeline.router,
    findings.router,
    explanations.router,
    corrections.router,
    funds.router,
    projects.router,
    indicators.router,
    insurance.router,
    products.router,
    agreements.router,
    purposes.router,
    provision.router,
]


def create_app(settings: SharingSettings) -> FastAPI:
    """Build the API; the catalogue is checked before the first request.

    Raises:
        ValueError: if a shipped dataset, rule or product declaration contradicts itself.
    """
    load_catalogue()
    load_products()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.intake = Intake.of(settings, compare=enqueue_households)
        yield
        app.state.intake.close()
        await app.state.registry_titles.close()
        await app.state.duties.close()

    app = create_service_app(settings, service="sharing", title="Bangfu sharing", routers=ROUTERS, lifespan=lifespan)
    app.state.registry_titles = RegistryTitles(settings)
    app.state.duties = Duties(settings)
    return app
