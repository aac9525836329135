"""Changing a household and its members by hand. What would not pass an import does not pass here.

Two times are kept on each field: when the change was recorded, and when it happened. What happened before something
that is known already changes nothing, however late it is told; the answer names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import HOUSEHOLD, editable
from contracts.vocabulary import Relation
from registry import household as rules
from registry.fields import stored
from registry.households import membership, store
from registry.households.changes import changing
from registry.households.problems import HouseholdEnded, HouseholdInvalid, HouseholdProtected, PersonElsewhere
from registry.households.requiring import require_version
from registry.households.schemas import HouseholdPatch, MemberPatch
from registry.households.tables import Household, Person
from registry.identity import SEALED, conceal_contact, contact_masks, open_contact
from registry.place_names import NAMED_BY, UNKNOWN
from registry.places import service as places
from registry.settings import IdentityKeys
from servicekit import clock
from servicekit.auth import Principal
from servicekit.problems import FieldError

_OF_HOUSEHOLD = {field.name: field for field in editable(HOUSEHOLD)}
_OF_MEMBER = {"id", "left_on", "left_reason"}


async def patch(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    household_id: str,
    body: HouseholdPatch,
    if_match: str | None,
    cause: str = "patch",
) -> list[str]:
    """Change a household and its members; the former state stays in the history.

    Gives the fields that were known on a later day already, and stayed.

    Args:
        cause: What the history calls it.

    Raises:
        HouseholdNotFound, PreconditionRequired, PreconditionFailed, HouseholdEnded
        HouseholdProtected: it would end while it is being identified or monitored.
        HouseholdInvalid: the household would contradict itself, a day lies in the future, or it would name a group,
            grid or site that is not among those registered where it lives.
        PersonElsewhere: a member is active in another household.
    """
    household = await require_version(session, principal, household_id, if_match)
    day = body.occurred_on or clock.today()
    if day > clock.today():
        raise _invalid("/occurred_on", "occurred_on.future", "日期在将来 / a date in the future")
    if body.status == "merged" or household.status == "merged":
        raise HouseholdEnded("a household is merged by POST /v1/households/{id}/merge, and not taken back by a change")
    if household.status != "active" and body.status != "active":
        raise HouseholdEnded("the household has ended or was merged")
    if body.status not in (None, "active") and await store.has_running_episode(session, household_id):
        raise HouseholdProtected("the household has a running episode: end that one first")
    if body.village_code is not None and not (
        principal.covers(body.village_code) and await store.area_is_valid_village(session, body.village_code)
    ):
        raise _invalid("/village_code", "village_code.unknown", "行政村代码不存在或不在管辖范围内 / no such village")
    await _require_known_places(session, body, body.village_code or household.village_code)
    members = await store.members(session, household_id)
    async with changing(session, [household_id], cause=cause, by=principal.actor):
        late = _apply(household, body, keys, day)
        joined, late_members = _apply_members(household, members, body.members, keys, day)
        remaining = [member for member in [*members, *joined] if member.is_active]
        if household.status == "active":
            faults = rules.check_relations([Relation(member.relation) for member in remaining])
            if faults:
                raise HouseholdInvalid("the household would contradict itself", errors=faults)
        household.population = len(remaining)
        if household.status != "active":
            for member in remaining:
                member.is_active, member.left_on, member.left_reason = False, day, household.status
        await _add(session, joined)
    return [*late, *late_members]


async def _require_known_places(session: AsyncSession, body: HouseholdPatch, village: str) -> None:
    for kind, field in NAMED_BY.items():
        name = getattr(body, field)
        if name and await places.unknown_names(session, kind, {(village, name)}):
            raise _invalid(f"/{field}", f"{field}.unknown", UNKNOWN[kind])


async def _add(session: AsyncSession, joined: Sequence[Person]) -> None:
    try:
        await session.flush()  # who leaves goes before whoever comes in his or her place
        for member in joined:
            left = await store.left_person(session, member)
            if left is None:
                session.add(member)
            else:
                membership.come_back(left, member)
        await session.flush()
    except IntegrityError as error:
        if not store.is_about_persons(error):
            raise
        raise PersonElsewhere("a member is active in another household") from error


def _apply(household: Household, body: HouseholdPatch, keys: IdentityKeys, day: date) -> list[str]:
    named = {name: getattr(body, name) for name in body.model_fields_set if name in _OF_HOUSEHOLD}
    if body.status is not None:
        named["status"] = body.status
    given, late = membership.newer(household.known, named, day)
    if given.get("village_code", household.village_code) != household.village_code:
        household.grid = None  # it was one of the village that it leaves
    for name, value in given.items():
        if name == "status" or (name not in SEALED and (value is not None or _OF_HOUSEHOLD[name].is_nullable)):
            setattr(household, name, stored(value))
    if sealed := {name: value or None for name, value in given.items() if name in SEALED}:
        contact = open_contact(keys.cipher, household.contact, household.hh_no) | sealed
        household.contact = conceal_contact(keys, household.hh_no, contact)
        for column, mask in contact_masks(contact).items():
            setattr(household, column, mask)
    household.known = household.known | dict.fromkeys(given, day.isoformat())
    return sorted(late)


def _apply_members(
    household: Household, members: list[Person], patches: list[MemberPatch], keys: IdentityKeys, day: date
) -> tuple[list[Person], list[str]]:
    by_id = {str(member.id): member for member in members}
    joined: list[Person] = []
    late: list[str] = []
    for place, change in enumerate(patches):
        given = change.model_dump(exclude_unset=True, exclude=_OF_MEMBER)
        if change.id is None:
            ordinal = len(members) + len(joined)
            joined.append(membership.join(household, given, keys, ordinal=ordinal, joined_on=day, place=place))
            continue
        member = by_id.get(change.id)
        if member is None:
            raise _invalid(f"/members/{place}/id", "person.unknown", "不是本户在册成员 / not an active member")
        if change.left_on is not None:
            member.is_active, member.left_on, member.left_reason = False, change.left_on, change.left_reason
            continue
        late += [f"members/{place}/{name}" for name in membership.change(member, given, keys, day, place)]
    return joined, late


def _invalid(pointer: str, code: str, message: str) -> HouseholdInvalid:
    return HouseholdInvalid(message, errors=[FieldError(pointer=pointer, code=code, detail=message)])
