"""Use cases of rounds: their coverage, and the duties of villages with grid workers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from registry.calendars import service as calendars
from registry.duties import service as duties
from registry.duty import changes
from registry.households import service as households
from registry.periods import part_of_year
from registry.policy import service as policy
from registry.rounds import rules, store
from registry.rounds.schemas import RoundOut, RoundQuery, RoundRow
from registry.shares import percent
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.db import Database

log = structlog.get_logger(__name__)

_MONTHS = "campaigns.visit_every_months"


async def coverage(session: AsyncSession, principal: Principal, wanted: RoundQuery) -> RoundOut:
    """Give how many households of the caller's grids were visited, or telephoned, in a round.

    Raises:
        OutsideArea
    """
    caller = principal.within(wanted.area)
    today = clock.today()
    day = wanted.on or today
    months = (await policy.parameters_for(session, areas.common_root(*caller.areas), day)).whole(_MONTHS)
    first, last = part_of_year(day, months or 1)
    clause, values = caller.area_clause("h.village_code", households.IN_GRID)
    found = await store.coverage(session, clause, values, wanted.by, (first, last, today))
    rows = [RoundRow(**row, percent=percent(row["reached"], row["due"])) for row in found]
    return RoundOut(first_on=first, last_on=last, months=months, items=rows[:-1], total=rows[-1])


async def follow_county(session: AsyncSession, county: str) -> int:
    """Announce what has changed in the rounds that villages of a county have to make; give how many duties did.

    A round that was missed is made up for by the next one, which ends both.
    """
    today = clock.today()
    known = await duties.known_of_kind(session, rules.KIND, county[:6])
    months = (await policy.parameters_for(session, county, today)).whole(_MONTHS)
    missed = {rules.first_of(duty_id) for duty_id, each in known.items() if each.is_open}
    changed: list[duties.Change] = []
    for first, last in rules.rounds_of(months, missed, today):
        for tally in await store.tallies(session, county, first, today):
            said = rules.duty_of(tally, first, last)
            before = {said.duty_id: known.pop(said.duty_id)} if said.duty_id in known else {}
            ground = rules.ground_of(tally.village, first)
            if before or last >= today:
                changed += [(ground, *change) for change in changes(ground, [said], before, today=today)]
    for duty_id, gone in known.items():
        ground = rules.ground_of(duty_id[4:16], rules.first_of(duty_id))
        changed += [(ground, *change) for change in changes(ground, [], {duty_id: gone}, today=today)]
    await duties.announce(session, changed)
    return len(changed)


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that looks how far each village has come."""

    async def follow_rounds() -> None:
        async with database.transaction() as session:
            counties = await calendars.counties(session)
        for county in counties:
            async with database.transaction() as session:
                changed = await follow_county(session, county)
            if changed:
                log.info("rounds.followed", duties=changed)

    return follow_rounds
