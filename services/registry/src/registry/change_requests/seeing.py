"""What stands in the register where a change request touches it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Relation, Sex
from registry.change_requests.contents import HEAD
from registry.change_requests.rules import Someone
from registry.guarantees import service as guarantees
from registry.households import service as households
from registry.households.service import Household, Person
from registry.identity import Identity, open_contact, open_identity
from registry.incomes import service as incomes
from registry.settings import IdentityKeys


async def members(session: AsyncSession, keys: IdentityKeys, household_id: str) -> dict[str, Someone]:
    """Give the active members of a household, by id."""
    found = {}
    for member in await households.members(session, household_id):
        identity = _identity(keys, member)
        found[str(member.id)] = Someone(
            name=identity.name,
            has_number=identity.id_no is not None,
            birth_date=member.birth_date,
            sex=Sex(member.sex),
            came_on=member.came_on,
        )
    return found


async def values(
    session: AsyncSession, keys: IdentityKeys, household: Household, paths: Collection[str]
) -> dict[str, Any]:
    """Give what stands at paths into a household, as JSON values; None where nothing is."""
    there = {str(member.id): member for member in await households.members(session, str(household.id))}
    contact = open_contact(keys.cipher, household.contact, household.hh_no)
    seen: dict[str, Any] = {}
    subjects = {path.partition(".")[0] for path in paths}
    safe = await guarantees.current(session, str(household.id)) if "guarantee" in subjects else {}
    for path in sorted(paths):
        subject, *rest = path.split(".")
        if path == HEAD:
            seen[path] = next((key for key, each in there.items() if each.relation == Relation.HEAD.value), None)
        elif subject == "household":
            name = rest[0]
            seen[path] = contact[name] if name in contact else getattr(household, name)
        elif subject == "guarantee":
            seen[path] = safe.get(rest[0])
        elif subject == "income":
            seen[path] = await incomes.amounts_of(session, household.id, int(rest[0]))
        else:
            person_id, what = rest
            seen[path] = _of_person(keys, there.get(person_id) or await _elsewhere(session, person_id), what)
    return seen


async def _elsewhere(session: AsyncSession, person_id: str) -> Person | None:
    found = await households.person(session, person_id)
    return found[0] if found else None


def _of_person(keys: IdentityKeys, person: Person | None, what: str) -> Any:
    if person is None:
        return None
    if what == "home":
        return str(person.household_id) if person.is_active else None
    if what == "relation":
        return person.relation
    identity = _identity(keys, person)
    born = person.birth_date.isoformat()
    return {"name": identity.name, "id_no": identity.id_no, "birth_date": born, "sex": person.sex}


def _identity(keys: IdentityKeys, person: Person) -> Identity:
    return open_identity(keys.cipher, person.identity, person.id_index, person.id_index_even)
