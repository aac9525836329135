"""A member's columns: made of what is given, and kept by when it happened. Who joins again is the person who left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from contracts.fields import PERSON, names, plain
from registry import household as rules
from registry.fields import stored
from registry.household import NEWBORN_DAYS, MemberIn
from registry.households.problems import HouseholdInvalid
from registry.households.tables import Household, Person
from registry.identity import conceal, open_identity
from registry.settings import IdentityKeys
from servicekit import clock, ids
from servicekit.problems import FieldError

_OF_PERSON = names(plain(PERSON))
_ALONE = "证件号码与出生日期须一并填写 / give the ID number and the birth date together"


def newer(known: Mapping[str, str], given: Mapping[str, Any], day: date) -> tuple[dict[str, Any], list[str]]:
    """Part what is given, by field, into what counts and the names of what was known on a later day already.

    Args:
        known: Field -> the day that its value is of, ISO.
        day: When it happened that is given.
    """
    late = [name for name in given if known.get(name, "") > day.isoformat()]
    return {name: value for name, value in given.items() if name not in late}, late


def change(member: Person, given: Mapping[str, Any], keys: IdentityKeys, day: date, place: int = 0) -> list[str]:
    """Change a member; give the names of the fields that were known on a later day already, which stay.

    Raises:
        HouseholdInvalid: the member would contradict himself.
    """
    counting, late = newer(member.known, given, day)
    if not counting:
        return late
    identity = open_identity(keys.cipher, member.identity, member.id_index, member.id_index_even)
    if identity.id_no is not None and ("id_no" in given) != ("birth_date" in given):
        # One of them alone would be judged by the other, which the caller does not see: an answer for each guess.
        fault = FieldError(pointer=f"/members/{place}/birth_date", code="birth_date.alone", detail=_ALONE)
        raise HouseholdInvalid(_ALONE, errors=[fault])
    before = {
        "name": identity.name,
        "id_no": identity.id_no,
        **{name: getattr(member, name) for name in _OF_PERSON},
    }
    for name, value in _columns(_checked(before | counting, place), place, keys).items():
        setattr(member, name, value)
    member.known = member.known | dict.fromkeys(counting, day.isoformat())
    return late


def join(
    household: Household,
    given: Mapping[str, Any],
    keys: IdentityKeys,
    *,
    ordinal: int,
    joined_on: date,
    place: int,
) -> Person:
    """Give a new member.

    Raises:
        HouseholdInvalid: something is missing or wrong.
    """
    columns = _columns(_checked(given, place), place, keys)
    born = columns["birth_date"]
    return Person(
        id=UUID(ids.new_id()),
        household_id=household.id,
        ordinal=ordinal,
        is_active=True,
        joined_on=joined_on,
        left_on=None,
        left_reason=None,
        came_on=born if (joined_on - born).days <= NEWBORN_DAYS else joined_on,
        came_from=None,
        **columns,
    )


def come_back(left: Person, joining: Person) -> Person:
    """Give the person who left before, as the member that joins now: the same id, another household."""
    for name in Person.model_fields:
        if name not in ("id", "merged_into"):
            setattr(left, name, getattr(joining, name))
    return left


def _checked(document: Mapping[str, Any], place: int) -> MemberIn:
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
    secrets = conceal(keys, checked.name, checked.id_no, number.number18 if number else None, clock.today())
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
