"""Duties about calendars: a year whose holidays nobody knows is its county's to record."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from registry.calendars import rules
from registry.calendars.store import counties
from registry.duties import service as duties
from registry.duty import changes
from registry.policy import service as policy
from servicekit import clock, locks

__all__ = ["counties", "follow"]


async def follow(session: AsyncSession, *, opens: bool = True) -> int:
    """Announce what has changed in which years are to be recorded; give how many duties did.

    What was known once is done: by the notice, or by the profile that has the days.

    Args:
        opens: Whether new ones are looked for; else only what became of those that are open.
    """
    await locks.lock(session, locks.Lock.CALENDARS)
    today = clock.today()
    known = await duties.known_of_kind(session, rules.KIND)
    changed: list[duties.Change] = []
    if not opens and not any(each.is_open for each in known.values()):
        return 0
    for county in await counties(session):
        profile = await policy.parameters_for(session, county, today)
        own = {duty_id: known.pop(duty_id) for duty_id in list(known) if duty_id[4:10] == county[:6]}
        wanted = {said.duty_id: (ground, said) for ground, said in rules.unknown_years(county, profile, today)}
        for duty_id in sorted(wanted.keys() | own.keys() if opens else own.keys()):
            ground, said = wanted.get(duty_id) or (rules.ground_of(county, duty_id), None)
            before = {duty_id: own[duty_id]} if duty_id in own else {}
            found = changes(ground, [said] if said else [], before, today=today, gone="done")
            changed += [(ground, each, revision) for each, revision in found]
    await duties.announce(session, changed)
    return len(changed)
