"""What other features ask about people."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.people import store
from contracts.registry import Appointment, StaffChanged
from contracts.staff import VISITORS
from servicekit import persons
from servicekit.auth import Principal
from servicekit.persons import Known, Place, Term
from servicekit.problems import FieldError

__all__ = ["fault", "faults", "keep", "known"]


async def keep(session: AsyncSession, people: Collection[StaffChanged]) -> None:
    """Keep what the registry says."""
    await store.upsert(session, people)


async def known(session: AsyncSession, names: Collection[str]) -> dict[str, Known]:
    """Give those of the names who are on the roster, by id, each with every term."""
    wanted = {staff_id for name in names if (staff_id := persons.staff_id_of(name)) is not None}
    if not wanted:
        return {}
    return {
        row.staff_id: Known(row.is_active, tuple(_term(Appointment.model_validate(each)) for each in row.appointments))
        for row in await store.of(session, wanted)
    }


def _term(said: Appointment) -> Term:
    return Term(said.role, said.area_code, said.first_on, said.last_on, said.grid, said.department)


async def faults(
    session: AsyncSession, principal: Principal, named: Sequence[str], place: Place, pointer: str
) -> list[FieldError]:
    """Give what is wrong with those whom a signed-in person names as visitors beside that person.

    A machine's names are its own.
    """
    if principal.person is None:
        return []
    people = await known(session, named)
    return persons.faults(named, people, place, pointer, but=(principal.actor,), roles=VISITORS)


async def fault(
    session: AsyncSession, principal: Principal, name: str, place: Place, pointer: str
) -> FieldError | None:
    """Give what is wrong with the one whom a signed-in person names; None where nothing is."""
    if principal.person is None or persons.one_form(name) == principal.actor:
        return None
    found = await known(session, [name])
    return persons.why_not(found.get(persons.staff_id_of(name) or ""), place, pointer, roles=VISITORS)
