"""Duties of campaigns: what each village has to visit by the last day, and which campaign a county has to open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from registry.calendars import service as calendars
from registry.campaigns import rules, store
from registry.campaigns.rules import County
from registry.campaigns.tables import Campaign
from registry.duties import service as announced
from registry.duty import Ground, Known, Said, changes
from registry.policy import service as policy
from servicekit import clock
from servicekit.db import Database

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=400)
"""How long a campaign that is over is followed: its duties stay open until the last household is visited."""


def _changed(
    known: dict[str, Known], wanted: dict[str, tuple[Ground, Said]], grounds: Callable[[str], Ground]
) -> list[announced.Change]:
    changed: list[announced.Change] = []
    for duty_id in sorted(known.keys() | wanted.keys()):
        ground, said = wanted.get(duty_id) or (grounds(duty_id), None)
        before = {duty_id: known[duty_id]} if duty_id in known else {}
        found = changes(ground, [said] if said else [], before, today=clock.today())
        changed += [(ground, each, revision) for each, revision in found]
    return changed


async def follow(session: AsyncSession, campaign: Campaign) -> int:
    """Announce what has changed in the duties of a campaign's villages; give how many did. The campaign is locked."""
    known = await announced.known_of_kind(session, rules.VILLAGE_DUTY, str(campaign.id))
    return await _follow(session, campaign, known, None)


async def follow_result(session: AsyncSession, campaign: Campaign, village: str) -> None:
    """Announce that a village is done, or has something to do again.

    A duty that was not announced yet is the periodic job's to open.
    """
    known = await announced.known_of(session, [rules.village_duty_id(str(campaign.id), village)])
    if known:
        await _follow(session, campaign, known, [village])


async def _follow(
    session: AsyncSession, campaign: Campaign, known: dict[str, Known], villages: Sequence[str] | None
) -> int:
    # What was announced is locked before the tasks are counted: whoever counts last has seen the others' results.
    campaign_id = str(campaign.id)
    found = [] if campaign.cancelled_at else await store.tallies(session, campaign, villages)
    wanted = {
        said.duty_id: (rules.village_ground(campaign_id, tally.village), said)
        for tally in found
        for said in (rules.village_duty(campaign_id, campaign.from_on, campaign.until_on, tally),)
    }
    changed = _changed(known, wanted, lambda duty_id: rules.village_ground(campaign_id, duty_id[-12:]))
    await announced.announce(session, changed)
    return len(changed)


async def follow_villages(session: AsyncSession, villages: Sequence[str]) -> None:
    """Bring the duties of villages whose households have moved to what their tasks are; the caller locked the areas."""
    for campaign_id in await _followed(session):
        campaign = await store.get(session, campaign_id, lock=True)
        if campaign is not None and villages:
            ids = [rules.village_duty_id(str(campaign_id), village) for village in villages]
            await _follow(session, campaign, await announced.known_of(session, ids), villages)


async def follow_county(session: AsyncSession, county: str) -> int:
    """Announce what has changed in which campaigns a county has to open; give how many duties did."""
    today = clock.today()
    known = await announced.known_of_kind(session, rules.COUNTY_DUTY, county[:6])
    about = County(
        county,
        await policy.parameters_for(session, county, today),
        await store.concerned(session, county),
        await store.begun(session, county),
    )
    open_ids = [duty_id for duty_id, each in known.items() if each.is_open]
    wanted = {said.duty_id: (ground, said) for ground, said in rules.county_duties(about, open_ids, today)}
    known = {duty_id: each for duty_id, each in known.items() if each.is_open or duty_id in wanted}
    changed = _changed(known, wanted, lambda duty_id: rules.county_ground(county, duty_id))
    await announced.announce(session, changed)
    return len(changed)


async def _followed(session: AsyncSession) -> list[UUID]:
    return await store.followed(session, clock.today(), clock.today() - _KEPT)


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job: households that came or left, villages that are done, campaigns that a county owes."""

    async def follow_campaigns() -> None:
        async with database.transaction() as session:
            campaigns, counties = await _followed(session), await calendars.counties(session)
        changed = 0
        for campaign_id in campaigns:
            async with database.transaction() as session:
                campaign = await store.get(session, campaign_id, lock=True)
                if campaign is not None:
                    await store.follow_households(session, campaign, clock.today())
                    changed += await follow(session, campaign)
        for county in counties:
            async with database.transaction() as session:
                changed += await follow_county(session, county)
        if changed:
            log.info("campaigns.followed", duties=changed)

    return follow_campaigns
