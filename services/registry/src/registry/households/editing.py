"""Changing a household and its members by hand. What would not pass an import does not pass here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import HOUSEHOLD, PERSON, editable, names, plain
from contracts.vocabulary import Relation
from registry import household as rules
from registry.fields import stored
from registry.household import MemberIn
from registry.households import service, store
from registry.households.changes import changing
from registry.households.problems import HouseholdEnded, HouseholdInvalid, PersonElsewhere
from registry.households.schemas import HouseholdDetail, HouseholdPatch, MemberPatch
from registry.households.tables import Household, Person
from registry.identity import (
    SEALED,
    conceal,
    conceal_contact,
    contact_masks,
    contact_of,
    open_contact,
    open_identity,
)
from registry.settings import IdentityKeys
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.problems import FieldError

_OF_HOUSEHOLD = [field for field in editable(HOUSEHOLD) if field.kept == "plain"]
_OF_PERSON = names(plain(PERSON))


async def patch(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    household_id: str,
    body: HouseholdPatch,
    if_match: str | None,
) -> HouseholdDetail:
    """Change a household and its members; the former state stays in the history.

    Raises:
        HouseholdNotFound, PreconditionRequired, PreconditionFailed, HouseholdEnded
        HouseholdInvalid: the household would contradict itself.
        PersonElsewhere: a member is active in another household.
    """
    household = await service.require_version(session, principal, household_id, if_match)
    if household.status != "active" and body.status != "active":
        raise HouseholdEnded("the household has ended or was merged")
    if body.village_code is not None and not (
        principal.covers(body.village_code) and await store.area_is_valid_village(session, body.village_code)
    ):
        raise _invalid("/village_code", "village_code.unknown", "行政村代码不存在或不在管辖范围内 / no such village")
    members = await store.members(session, household_id)
    async with changing(session, [household_id], cause="patch", by=principal.client_id):
        _apply(household, body, keys)
        joined = _apply_members(household, members, body.members, keys)
        remaining = [member for member in [*members, *joined] if member.is_active]
        if body.status in (None, "active"):
            faults = rules.check_relations([Relation(member.relation) for member in remaining])
            if faults:
                raise HouseholdInvalid("the household would contradict itself", errors=faults)
        household.population = len(remaining)
        if body.status is not None and body.status != "active":
            for member in remaining:
                member.is_active, member.left_on, member.left_reason = False, clock.today(), str(body.status)
        session.add_all(joined)
        try:
            await session.flush()
        except IntegrityError as error:
            if not store.is_about_persons(error):
                raise
            raise PersonElsewhere("a member is active in another household") from error
    return await service.detail(session, principal, household_id)


def _apply(household: Household, body: HouseholdPatch, keys: IdentityKeys) -> None:
    given = body.model_fields_set
    for field in _OF_HOUSEHOLD:
        value = getattr(body, field.name)
        if field.name in given and (value is not None or field.is_nullable):
            setattr(household, field.name, stored(value))
    if body.status is not None:
        household.status = body.status.value
    if given & set(SEALED):
        contact = open_contact(keys.cipher, household.contact, household.hh_no)
        contact |= {name: value for name, value in contact_of(body).items() if name in given}
        household.contact = conceal_contact(keys, household.hh_no, contact)
        for column, mask in contact_masks(contact).items():
            setattr(household, column, mask)


def _apply_members(
    household: Household, members: list[Person], patches: list[MemberPatch], keys: IdentityKeys
) -> list[Person]:
    by_id = {str(member.id): member for member in members}
    joined: list[Person] = []
    for place, change in enumerate(patches):
        if change.id is None:
            joined.append(_new_member(household, change, place, len(members) + len(joined), keys))
            continue
        member = by_id.get(change.id)
        if member is None:
            raise _invalid(f"/members/{place}/id", "person.unknown", "不是本户在册成员 / not an active member")
        if change.left_on is not None:
            member.is_active, member.left_on, member.left_reason = False, change.left_on, change.left_reason
            continue
        _change_member(member, change, place, keys)
    return joined


def _change_member(member: Person, change: MemberPatch, place: int, keys: IdentityKeys) -> None:
    identity = open_identity(keys.cipher, member.identity, member.id_index, member.id_index_even)
    given = change.model_dump(exclude_unset=True, exclude={"id", "left_on", "left_reason"})
    before = {
        "name": identity.name,
        "id_no": identity.id_no,
        **{name: getattr(member, name) for name in _OF_PERSON},
    }
    for name, value in _columns(_checked(before | given, place), place, keys).items():
        setattr(member, name, value)


def _new_member(household: Household, change: MemberPatch, place: int, ordinal: int, keys: IdentityKeys) -> Person:
    checked = _checked(change.model_dump(exclude_unset=True, exclude={"id", "left_on", "left_reason"}), place)
    return Person(
        id=UUID(ids.new_id()),
        household_id=household.id,
        ordinal=ordinal,
        is_active=True,
        joined_on=clock.today(),
        left_on=None,
        left_reason=None,
        **_columns(checked, place, keys),
    )


def _checked(document: dict[str, Any], place: int) -> MemberIn:
    try:
        return MemberIn.model_validate(document)
    except ValidationError as error:
        errors = [
            FieldError(
                pointer=f"/members/{place}/" + "/".join(str(part) for part in item["loc"]),
                code=str(item["type"]),
                detail=str(item["msg"]),
            )
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise HouseholdInvalid("a member is incomplete or wrong", errors=errors) from None


def _columns(checked: MemberIn, place: int, keys: IdentityKeys) -> dict[str, Any]:
    number, faults = rules.check_member(checked, place, clock.today())
    if faults:
        raise HouseholdInvalid("a member contradicts itself", errors=faults)
    secrets = conceal(keys, checked.name, checked.id_no, number.number18 if number else None)
    return {
        "identity": secrets.identity,
        "name_masked": secrets.name_masked,
        "id_no_masked": secrets.id_no_masked,
        "id_index": _bytes(secrets.hashes.id_index),
        "id_index_even": _bytes(secrets.hashes.id_index_even),
        "id_token": _bytes(secrets.hashes.id_token),
        "person_token": _bytes(secrets.hashes.person_token),
        "token_key_id": keys.token_key_id,
        "other_tokens": secrets.hashes.other_tokens,
        **{name: stored(getattr(checked, name)) for name in _OF_PERSON},
    }


def _bytes(hexadecimal: str | None) -> bytes | None:
    return bytes.fromhex(hexadecimal) if hexadecimal else None


def _invalid(pointer: str, code: str, message: str) -> HouseholdInvalid:
    return HouseholdInvalid(message, errors=[FieldError(pointer=pointer, code=code, detail=message)])
