"""Use cases of continuity. Each is one change of the households that it touches: remembered, versioned, announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import HouseholdStatus, Relation
from registry import household as rules
from registry.continuity import store
from registry.continuity.problems import BothHaveCases, SameHousehold, SamePerson
from registry.continuity.schemas import (
    ChangeKind,
    CorrectionIn,
    HouseholdMergeIn,
    IdentityChangeOut,
    IdentityChangesOut,
    MoverIn,
    PersonMergeIn,
    RenumberIn,
    SplitIn,
)
from registry.episodes import service as episodes
from registry.households import service as households
from registry.households.service import Household, IdentityChange, Person
from registry.identity import conceal_contact, open_contact
from registry.settings import IdentityKeys
from servicekit import clock, etags, ids
from servicekit.auth import Principal
from servicekit.identity import mask_id_no
from servicekit.problems import FieldError

_Change = RenumberIn | CorrectionIn | PersonMergeIn | HouseholdMergeIn | SplitIn
_IDENTITY = (
    "identity", "name_masked", "id_no_masked", "id_index", "id_index_even", "id_token", "person_token", "token_key_id",
    "other_tokens",
)  # fmt: skip


async def changes_of(session: AsyncSession, principal: Principal, household_id: str) -> IdentityChangesOut:
    """Give what happened to a household's identity, and to its members', newest first.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, household_id)
    rows = await store.changes_of(session, household_id)
    names = ("household_id", "person_id", "other_id")
    return IdentityChangesOut(
        items=[
            IdentityChangeOut.model_validate(
                row.model_dump() | {name: str(value) if (value := getattr(row, name)) else None for name in names}
            )
            for row in rows
        ]
    )


async def home_of(session: AsyncSession, principal: Principal, person_id: str) -> str:
    """Give the household of a person.

    Raises:
        PersonNotFound
    """
    return str((await _person(session, principal, person_id)).household_id)


async def renumber(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    household_id: str,
    body: RenumberIn,
    if_match: str | None,
) -> households.HouseholdDetail:
    """Give a household another number.

    Raises:
        HouseholdNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
        HouseholdExists: somebody has the number.
    """
    household = await _active(session, principal, household_id, if_match)
    before = household.hh_no
    async with households.changing(session, [household_id], cause="renumbered", by=principal.actor):
        contact = open_contact(keys.cipher, household.contact, before)
        household.hh_no, household.contact = body.hh_no, conceal_contact(keys, body.hh_no, contact)
        await _flush(session)
    _note(
        session,
        principal,
        body,
        {
            "kind": ChangeKind.HOUSEHOLD_RENUMBERED.value,
            "household_id": household_id,
            "before": before,
            "after": body.hh_no,
        },
    )
    return await households.detail(session, principal, household_id)


async def correct(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    person_id: str,
    body: CorrectionIn,
    if_match: str | None,
) -> households.HouseholdDetail:
    """Correct what identifies a person.

    Raises:
        PersonNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
        HouseholdInvalid: number, birth date and sex would contradict each other.
        PersonElsewhere: somebody who is registered has the number; two records of one person are merged instead.
    """
    person = await _person(session, principal, person_id)
    household_id = str(person.household_id)
    await _active(session, principal, household_id, if_match)
    before = _number_of(person)
    given = body.model_dump(exclude_unset=True, include={"id_no", "name", "birth_date", "sex"})
    async with households.changing(session, [household_id], cause="person corrected", by=principal.actor):
        households.change_identity(person, given, keys, clock.today())
        await _flush(session)
    _note(
        session,
        principal,
        body,
        {
            "kind": ChangeKind.PERSON_CORRECTED.value,
            "household_id": household_id,
            "person_id": person_id,
            "before": before,
            "after": _number_of(person),
        },
    )
    return await households.detail(session, principal, household_id)


async def merge_person(
    session: AsyncSession, principal: Principal, person_id: str, body: PersonMergeIn, if_match: str | None
) -> households.HouseholdDetail:
    """Merge a record of a person into the one that stays; the number of the one that goes is kept, if only it has one.

    Raises:
        PersonNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
        SamePerson: the two are one record already, or the other one has left.
        HouseholdInvalid: a household would have no head.
    """
    gone = await _person(session, principal, person_id)
    stays = await _person(session, principal, body.into)
    if gone.id == stays.id or not (gone.is_active and stays.is_active):
        raise SamePerson("two different records of members are needed")
    homes = sorted({str(gone.household_id), str(stays.household_id)})
    locked = {home: await households.require_active(session, principal, home, lock=True) for home in homes}
    home, kept_home = locked[str(gone.household_id)], locked[str(stays.household_id)]
    etags.require_match(if_match, home.version)
    async with households.changing(session, homes, cause="persons merged", by=principal.actor):
        gone.is_active, gone.left_on, gone.left_reason = False, _day(body), "merged"
        gone.merged_into = stays.id
        await _flush(session)
        if stays.id_index is None and stays.id_index_even is None:
            for name in _IDENTITY:
                setattr(stays, name, getattr(gone, name))
        if stays.person_no is None:
            stays.person_no = gone.person_no
        await _recount(session, [home] if home is kept_home else [home, kept_home])
        await store.move_person(session, person_id, body.into)
    _note(
        session,
        principal,
        body,
        {
            "kind": ChangeKind.PERSON_MERGED.value,
            "household_id": str(home.id),
            "person_id": person_id,
            "other_id": body.into,
            "before": _number_of(gone),
            "after": _number_of(stays),
        },
    )
    return await households.detail(session, principal, str(kept_home.id))


async def merge_household(
    session: AsyncSession, principal: Principal, household_id: str, body: HouseholdMergeIn, if_match: str | None
) -> households.HouseholdDetail:
    """Merge a household into another one: members, clues and cases go along, and its id says where.

    Raises:
        HouseholdNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
        SameHousehold: the two are one.
        BothHaveCases: two cases are not over; somebody has to end one first.
        HouseholdInvalid: the relations contradict each other.
    """
    if household_id == body.into:
        raise SameHousehold("a household cannot be merged into itself")
    locked = {
        each: await households.require_active(session, principal, each, lock=True)
        for each in sorted((household_id, body.into))
    }
    gone, stays = locked[household_id], locked[body.into]
    etags.require_match(if_match, gone.version)
    if len(await store.active_cases(session, [household_id, body.into])) > 1:
        raise BothHaveCases("both households have a case that is not over")
    async with households.changing(session, [household_id, body.into], cause="households merged", by=principal.actor):
        members = await households.members(session, household_id)
        _relate(members, body.relations)
        await _move(session, members, stays, gone.village_code, _day(body))
        gone.status, gone.merged_into = HouseholdStatus.MERGED.value, stays.id
        await _recount(session, [stays])
        gone.population = 0
        await _flush(session)
        await store.move_cases(session, household_id, body.into)
    await episodes.announce_of(session, body.into)
    _note(
        session,
        principal,
        body,
        {
            "kind": ChangeKind.HOUSEHOLD_MERGED.value,
            "household_id": household_id,
            "other_id": body.into,
            "before": gone.hh_no,
            "after": stays.hh_no,
        },
    )
    return await households.detail(session, principal, body.into)


async def split(
    session: AsyncSession, principal: Principal, household_id: str, body: SplitIn, if_match: str | None
) -> households.HouseholdDetail:
    """Let members found a household of their own; clues and cases stay with the one that they leave.

    Raises:
        HouseholdNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
        HouseholdExists: somebody has the number.
        HouseholdInvalid: no such member or village, or one of the two households would contradict itself.
    """
    home = await _active(session, principal, household_id, if_match)
    village = body.village_code or home.village_code
    if not (principal.covers(village) and await households.is_valid_village(session, village)):
        raise _invalid("/village_code", "village_code.unknown", "行政村代码不存在或不在管辖范围内 / no such village")
    members = await households.members(session, household_id)
    movers = {mover.id for mover in body.members}
    if unknown := movers - {str(member.id) for member in members}:
        place = next(place for place, mover in enumerate(body.members) if mover.id in unknown)
        raise _invalid(f"/members/{place}/id", "person.unknown", "不是本户在册成员 / not an active member")
    founded_id = ids.new_id()
    async with households.changing(session, [household_id], cause="split", by=principal.actor):
        try:
            await store.found_household(session, household_id, founded_id, body.hh_no, village)
        except IntegrityError as error:
            raise households.HouseholdExists("the number is registered") from error
        founded = await households.require(session, principal, founded_id)
        going = [member for member in members if str(member.id) in movers]
        _relate(going, body.members)
        _relate([member for member in members if str(member.id) not in movers], body.relations)
        await _move(session, going, founded, home.village_code, _day(body))
        await _recount(session, [home, founded])
    await households.announce_given(session, [founded_id])
    _note(
        session,
        principal,
        body,
        {
            "kind": ChangeKind.HOUSEHOLD_SPLIT.value,
            "household_id": household_id,
            "other_id": founded_id,
            "before": home.hh_no,
            "after": founded.hh_no,
        },
    )
    return await households.detail(session, principal, founded_id)


async def _active(session: AsyncSession, principal: Principal, household_id: str, if_match: str | None) -> Household:
    household = await households.require_active(session, principal, household_id, lock=True)
    etags.require_match(if_match, household.version)
    return household


async def _person(session: AsyncSession, principal: Principal, person_id: str) -> Person:
    found = await households.person(session, person_id)
    if found is None or not principal.covers(found[1].village_code, found[1].grid):
        raise households.PersonNotFound("no such person within your areas")
    return found[0]


def _relate(members: Sequence[Person], relations: Sequence[MoverIn]) -> None:
    """Give members their relation to the head.

    Raises:
        HouseholdInvalid: somebody named is no member.
    """
    by_id: Mapping[str, Person] = {str(member.id): member for member in members}
    for place, mover in enumerate(relations):
        if mover.id not in by_id:
            raise _invalid(f"/relations/{place}/id", "person.unknown", "不是本户在册成员 / not an active member")
        by_id[mover.id].relation = mover.relation.value


async def _move(session: AsyncSession, members: Sequence[Person], home: Household, left: str, day: date) -> None:
    """Let members be those of a household from a day on; `left` is the village where they lived until then."""
    ordinal = max((member.ordinal for member in await households.members(session, str(home.id))), default=-1)
    for place, member in enumerate(members, start=1):
        member.household_id, member.ordinal = home.id, ordinal + place
        if left != home.village_code:
            member.came_on, member.came_from = day, left
    await _flush(session)


async def _recount(session: AsyncSession, homes: Sequence[Household]) -> None:
    """Count members, and check that each household has one head and at most one spouse."""
    for home in homes:
        members = await households.members(session, str(home.id))
        faults = rules.check_relations([Relation(member.relation) for member in members])
        if faults:
            raise households.HouseholdInvalid(f"household {home.hh_no} would contradict itself", errors=faults)
        home.population = len(members)
    await _flush(session)


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if households.is_about_persons(error):
            raise households.PersonElsewhere("somebody who is registered has this number") from error
        raise households.HouseholdExists("the number is registered") from error


def _day(body: _Change) -> date:
    today = clock.today()
    if body.occurred_on is not None and body.occurred_on > today:
        raise _invalid("/occurred_on", "occurred_on.future", "日期在将来 / a date in the future")
    return body.occurred_on or today


def _note(session: AsyncSession, principal: Principal, body: _Change, change: dict[str, Any]) -> None:
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
            occurred_on=_day(body),
            recorded_at=clock.now(),
            recorded_by=principal.actor,
            **(change | places),
        )
    )


def _invalid(pointer: str, code: str, message: str) -> households.HouseholdInvalid:
    return households.HouseholdInvalid(message, errors=[FieldError(pointer=pointer, code=code, detail=message)])


def _number_of(person: Person) -> str | None:
    """Give a person's number as it may be told; the mask in the column may be of an earlier release."""
    return mask_id_no(person.id_no_masked) if person.id_no_masked else None
