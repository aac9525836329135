"""Use cases of continuity. Each is one change of the households that it touches: remembered, versioned, announced."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import HouseholdStatus
from registry.continuity import moving, store
from registry.continuity.problems import BothHaveCases, SameHousehold, SamePerson
from registry.continuity.schemas import (
    ChangeKind,
    CorrectionIn,
    HouseholdMergeIn,
    IdentityChangeOut,
    IdentityChangesOut,
    PersonMergeIn,
    RenumberIn,
    SplitIn,
    TransferIn,
)
from registry.episodes import service as episodes
from registry.households import service as households
from registry.households.service import Household, Person
from registry.identity import conceal_contact, open_contact
from registry.settings import IdentityKeys
from servicekit import clock, etags, ids
from servicekit.auth import Principal
from servicekit.identity import mask_id_no

__all__ = [
    "BothHaveCases", "CorrectionIn", "HouseholdMergeIn", "RenumberIn",
    "SameHousehold", "SplitIn", "TransferIn", "changes_of", "correct",
    "home_of", "merge_household", "merge_person", "renumber", "split", "transfer",
]  # fmt: skip

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
        await moving.flush(session)
    moving.note(
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
        await moving.flush(session)
    moving.note(
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
        gone.is_active, gone.left_on, gone.left_reason = False, moving.day(body), "merged"
        gone.merged_into = stays.id
        await moving.flush(session)
        if stays.id_index is None and stays.id_index_even is None:
            for name in _IDENTITY:
                setattr(stays, name, getattr(gone, name))
        if stays.person_no is None:
            stays.person_no = gone.person_no
        await moving.recount(session, [home] if home is kept_home else [home, kept_home])
        await store.move_person(session, person_id, body.into)
        for home_id in homes:  # a department's duty names the member that it is for
            await episodes.follow_duties(session, home_id)
    moving.note(
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
        moving.relate(members, body.relations)
        await moving.move(session, members, stays, gone.village_code, moving.day(body))
        gone.status, gone.merged_into = HouseholdStatus.MERGED.value, stays.id
        await moving.recount(session, [stays])
        gone.population = 0
        await moving.flush(session)
        await store.move_cases(session, household_id, body.into)
    await episodes.announce_of(session, body.into)
    moving.note(
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
        raise moving.invalid("/village_code", "village_code.unknown")
    going, staying = moving.parted(await households.members(session, household_id), body.members)
    founded_id = ids.new_id()
    async with households.changing(session, [household_id], cause="split", by=principal.actor):
        try:
            await store.found_household(session, household_id, founded_id, body.hh_no, village)
        except IntegrityError as error:
            raise households.HouseholdExists("the number is registered") from error
        founded = await households.require(session, principal, founded_id)
        moving.relate(going, body.members)
        moving.relate(staying, body.relations)
        await moving.move(session, going, founded, home.village_code, moving.day(body))
        await moving.recount(session, [home, founded])
    await households.announce_given(session, [founded_id])
    moving.note(
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


async def transfer(
    session: AsyncSession, principal: Principal, household_id: str, body: TransferIn, if_match: str | None
) -> households.HouseholdDetail:
    """Let members leave for another household, which is given; they stay the same persons. Its cases stay with a house.

    Raises:
        HouseholdNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
        SameHousehold: the two are one.
        HouseholdInvalid: no such member, or one of the two households would contradict itself or have nobody.
    """
    if household_id == body.into:
        raise SameHousehold("the members are there already")
    locked = {
        each: await households.require_active(session, principal, each, lock=True)
        for each in sorted((household_id, body.into))
    }
    home, joined = locked[household_id], locked[body.into]
    etags.require_match(if_match, home.version)
    going, staying = moving.parted(await households.members(session, household_id), body.members)
    async with households.changing(session, [household_id, body.into], cause="transferred", by=principal.actor):
        moving.relate(going, body.members)
        moving.relate(staying, body.relations)
        await moving.move(session, going, joined, home.village_code, moving.day(body))
        await moving.recount(session, [home, joined])
    for member in going:
        moving.note(
            session,
            principal,
            body,
            {
                "kind": ChangeKind.PERSON_MOVED.value,
                "household_id": household_id,
                "person_id": str(member.id),
                "other_id": body.into,
                "before": home.hh_no,
                "after": joined.hh_no,
            },
        )
    return await households.detail(session, principal, body.into)


async def _active(session: AsyncSession, principal: Principal, household_id: str, if_match: str | None) -> Household:
    household = await households.require_active(session, principal, household_id, lock=True)
    etags.require_match(if_match, household.version)
    return household


async def _person(session: AsyncSession, principal: Principal, person_id: str) -> Person:
    found = await households.person(session, person_id)
    if found is None or not principal.covers(found[1].village_code, found[1].grid):
        raise households.PersonNotFound("no such person within your areas")
    return found[0]


def _number_of(person: Person) -> str | None:
    """Give a person's number as it may be told; the mask in the column may be of an earlier release."""
    return mask_id_no(person.id_no_masked) if person.id_no_masked else None
