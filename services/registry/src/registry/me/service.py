"""Use case of the caller's own page."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import service as households
from registry.me.schemas import LooksOut, MeOut, TermOut
from registry.roster import service as roster
from servicekit import clock, persons
from servicekit.auth import Principal


async def show(session: AsyncSession, principal: Principal, looks_per_day: int) -> MeOut:
    """Give who calls, for what, and what is left of the day's looks.

    Somebody whom the roster does not know has no name and no term.
    """
    name, unit, terms = None, None, list[persons.Term]()
    if principal.person is not None:
        name, unit = await roster.names_of(session, UUID(principal.person))
        known = (await roster.known(session, [principal.person])).get(principal.person)
        terms = known.running(clock.today()) if known else []
    return MeOut(
        client_id=principal.client_id,
        person=principal.person,
        name=name,
        unit=unit,
        department=principal.department,
        areas=list(principal.areas),
        grid=principal.grid,
        terms=[
            TermOut(
                role=term.role,
                role_label=term.role.label,
                area_code=term.area_code,
                grid=term.grid,
                last_on=term.last_on,
            )
            for term in terms
        ],
        scopes=sorted(principal.scopes),
        looks=LooksOut(**asdict(await households.looks.left(session, principal, looks_per_day))),
    )
