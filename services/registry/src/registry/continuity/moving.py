"""What changes of who is where have in common: members go, relations follow, households are counted, why is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Relation
from registry import household as rules
from registry.continued import MoverIn
from registry.continuity.schemas import Change
from registry.continuity.texts import TEXTS
from registry.households import service as households
from registry.households.service import Household, IdentityChange, Person
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.problems import FieldError


def relate(members: Sequence[Person], relations: Sequence[MoverIn]) -> None:
    """Give members their relation to the head.

    Raises:
        HouseholdInvalid: somebody named is no member.
    """
    by_id: Mapping[str, Person] = {str(member.id): member for member in members}
    for place, mover in enumerate(relations):
        if mover.id not in by_id:
            raise invalid(f"/relations/{place}/id", "person.unknown")
        by_id[mover.id].relation = mover.relation.value


async def move(session: AsyncSession, members: Sequence[Person], home: Household, left: str, since: date) -> None:
    """Let members be those of a household since a day; `left` is the village where they lived until then."""
    ordinal = max((member.ordinal for member in await households.members(session, str(home.id))), default=-1)
    for place, member in enumerate(members, start=1):
        member.household_id, member.ordinal = home.id, ordinal + place
        if left != home.village_code:
            member.came_on, member.came_from = since, left
    await flush(session)


def parted(members: Sequence[Person], movers: Sequence[MoverIn]) -> tuple[list[Person], list[Person]]:
    """Give who goes and who stays.

    Raises:
        HouseholdInvalid: somebody who is to go is no member.
    """
    known, wanted = {str(member.id) for member in members}, {mover.id for mover in movers}
    for place, mover in enumerate(movers):
        if mover.id not in known:
            raise invalid(f"/members/{place}/id", "person.unknown")
    return (
        [member for member in members if str(member.id) in wanted],
        [member for member in members if str(member.id) not in wanted],
    )


async def recount(session: AsyncSession, homes: Sequence[Household]) -> None:
    """Count members, and check that each household has one head and at most one spouse."""
    for home in homes:
        members = await households.members(session, str(home.id))
        faults = rules.check_relations([Relation(member.relation) for member in members])
        if faults:
            raise households.HouseholdInvalid(f"household {home.hh_no} would contradict itself", errors=faults)
        home.population = len(members)
    await flush(session)


async def flush(session: AsyncSession) -> None:
    """Write what was changed.

    Raises:
        PersonElsewhere, HouseholdExists: a number is somebody else's.
    """
    try:
        await session.flush()
    except IntegrityError as error:
        if households.is_about_persons(error):
            raise households.PersonElsewhere("somebody who is registered has this number") from error
        raise households.HouseholdExists("the number is registered") from error


def day(body: Change) -> date:
    """Give the day on which it happened.

    Raises:
        HouseholdInvalid: it lies in the future.
    """
    today = clock.today()
    if body.occurred_on is not None and body.occurred_on > today:
        raise invalid("/occurred_on", "occurred_on.future")
    return body.occurred_on or today


def note(session: AsyncSession, principal: Principal, body: Change, change: dict[str, Any]) -> None:
    """Keep why something is the same.

    Args:
        change: Columns of `identity_change`: what happened, to whom.
    """
    places: dict[str, Any] = {
        name: UUID(str(change[name])) for name in ("household_id", "person_id", "other_id") if name in change
    }
    session.add(
        IdentityChange(
            id=UUID(ids.new_id()),
            reason=body.reason,
            occurred_on=day(body),
            recorded_at=clock.now(),
            recorded_by=principal.actor,
            **(change | places),
        )
    )


def invalid(pointer: str, key: str) -> households.HouseholdInvalid:
    """Give the refusal of one value, with one of the texts."""
    fault = FieldError.told(TEXTS, key, pointer)
    return households.HouseholdInvalid(fault.detail, errors=[fault])
