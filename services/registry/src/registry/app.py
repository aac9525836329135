"""The HTTP app of the registry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from registry.aid.routes import router as aid
from registry.area_checks.routes import router as area_checks
from registry.areas.routes import changes_router as area_changes
from registry.areas.routes import router as areas
from registry.attachments.routes import router as attachments
from registry.campaigns.routes import router as campaigns
from registry.change_requests.routes import router as change_requests
from registry.collective_income.routes import router as collective_income
from registry.conflicts.routes import router as conflicts
from registry.contacts.routes import router as contacts
from registry.continuity.routes import router as continuity
from registry.episodes.assistance_routes import router as plans
from registry.episodes.green_channel_routes import router as green_channel
from registry.episodes.routes import router as episodes
from registry.graduates.routes import router as graduates
from registry.guarantees.routes import router as guarantees
from registry.households.routes import router as households
from registry.imports.household_routes import router as registration
from registry.imports.routes import areas_router as area_imports
from registry.imports.routes import reconciliation_router as export_imports
from registry.imports.routes import router as imports
from registry.imports.routes import staff_router as staff_imports
from registry.imports.staff_routes import router as staff_template
from registry.income_plans.routes import router as income_plans
from registry.incomes.routes import router as incomes
from registry.indicators.routes import router as indicators
from registry.keys.service import refuse_second_meaning
from registry.labels.routes import router as labels
from registry.me.routes import router as me
from registry.notices.routes import router as notices
from registry.pairings.routes import router as pairings
from registry.places.routes import router as places
from registry.policy.routes import proposals as policy_proposals
from registry.policy.routes import router as policy
from registry.quality.routes import router as quality
from registry.reconciliation.routes import router as reconciliation
from registry.renovations.routes import router as renovations
from registry.roster.routes import router as roster
from registry.rounds.routes import router as rounds
from registry.settings import IdentityKeys, RegistrySettings
from registry.shortfalls.routes import router as shortfalls
from registry.tasks.routes import router as tasks
from registry.timeline.routes import router as timeline
from registry.unmaskings.routes import router as unmaskings
from servicekit.app import create_service_app
from servicekit.holding import Duties


def create_app(settings: RegistrySettings) -> FastAPI:
    """Give the registry's app: every feature's routes, and its keys in `app.state.keys`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await app.state.duties.close()

    app = create_service_app(
        settings,
        service="registry",
        title="Bangfu registry / 帮扶登记",
        routers=(
            registration,  # before households: `export` is no id
            households,
            timeline,
            unmaskings,
            tasks,
            attachments,
            notices,
            continuity,
            change_requests,
            conflicts,
            area_imports,
            areas,
            area_changes,
            places,
            imports,
            export_imports,
            reconciliation,
            incomes,
            labels,
            guarantees,
            shortfalls,
            renovations,
            policy,
            policy_proposals,
            episodes,
            green_channel,
            plans,
            aid,
            income_plans,
            graduates,
            staff_template,
            staff_imports,
            roster,
            pairings,
            quality,
            area_checks,
            contacts,
            rounds,
            campaigns,
            collective_income,
            indicators,
            me,
        ),
        newcomer=refuse_second_meaning,
        lifespan=lifespan,
    )
    app.state.keys = IdentityKeys.of(settings)
    app.state.duties = Duties(settings)
    return app
