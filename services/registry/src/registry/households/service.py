"""Use cases of households and persons: reading masked, finding by number, showing a full identity, changing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.duties import Shows
from contracts.fields import HOUSEHOLD, PERSON
from registry.area_path import path_of
from registry.fields import coarsened
from registry.households import changes, differences, editing, listing, looks, matches, past, store
from registry.households.changes import announce_given, changing
from registry.households.helpers import announce_helpers, helper_of
from registry.households.listing import IN_GRID
from registry.households.membership import change as change_identity
from registry.households.problems import (
    CaseUnknown,
    HouseholdEnded,
    HouseholdExists,
    HouseholdInvalid,
    HouseholdNotFound,
    HouseholdProtected,
    PersonElsewhere,
    PersonNotFound,
    QuotaUsedUp,
    TooManyMatches,
    TooManyUnmaskings,
)
from registry.households.requiring import require, require_active, require_version
from registry.households.schemas import (
    HouseholdDetail,
    HouseholdHistory,
    HouseholdPatch,
    HouseholdQuery,
    HouseholdThen,
    HouseholdVersion,
    MemberPatch,
    PersonFound,
    PersonsFound,
    UnmaskedPerson,
    UnmaskIn,
)
from registry.households.store import area_is_valid_village as is_valid_village
from registry.households.store import (
    hold_next,
    is_about_persons,
    is_member,
    labour_of,
    members,
    merged_into,
    people,
    person,
)
from registry.households.tables import Household, IdentityChange, Person, Unmasking
from registry.households.timeline import TIMELINE
from registry.identity import hashes_of, open_contact, open_identity
from registry.settings import IdentityKeys, Quota
from servicekit import changes as feed
from servicekit import clock, conflicts, ids
from servicekit.auth import Principal
from servicekit.changed import Changes, ChangesQuery
from servicekit.changes import Followed
from servicekit.db import Database
from servicekit.identity import IdNumber, IdNumberError
from servicekit.problems import FieldError
from servicekit.refused import RefusedOut
from servicekit.titles import About, Titles, TitlesIn, TitlesOut, TitlesState

__all__ = [
    "HOUSEHOLD_SUBJECT",
    "IN_GRID",
    "READ",
    "TIMELINE",
    "CaseUnknown",
    "Household",
    "HouseholdDetail",
    "HouseholdEnded",
    "HouseholdExists",
    "HouseholdInvalid",
    "HouseholdNotFound",
    "HouseholdPatch",
    "HouseholdProtected",
    "HouseholdQuery",
    "IdentityChange",
    "Look",
    "MemberPatch",
    "Person",
    "PersonElsewhere",
    "PersonNotFound",
    "QuotaUsedUp",
    "TooManyMatches",
    "TooManyUnmaskings",
    "Unmasking",
    "announce_given",
    "announce_helpers",
    "change_identity",
    "change_of",
    "changes",
    "changing",
    "detail",
    "detail_then",
    "editing",
    "helper_of",
    "history",
    "hold_next",
    "is_about_persons",
    "is_member",
    "is_valid_village",
    "labour_of",
    "looks",
    "matches",
    "members",
    "merged_into",
    "page",
    "path_of",
    "people",
    "person",
    "require",
    "require_active",
    "require_version",
    "search",
    "see_for_task",
    "titles",
    "titles_of",
    "told",
    "unmask",
]  # fmt: skip

READ = "households:read"
"""Scope of whoever may see households, masked."""

_FOLLOWED = Followed("household", area="village_code", in_grid="t.grid = :own_grid")
_TOLD = frozenset(field.name for field in HOUSEHOLD if field.in_snapshot)
_HIDDEN = {field.public_name for field in HOUSEHOLD if field.kept != "plain"} | {"known", "known_on"}
_HIDDEN_OF_MEMBERS = {field.public_name for field in PERSON if field.kept != "plain"}
HOUSEHOLD_SUBJECT = "household"  # the kind of subject that a refused change was about


async def detail(session: AsyncSession, principal: Principal, household_id: str) -> HouseholdDetail:
    """Give a household, masked, with its current incomes."""
    document = await listing.one(session, household_id)
    if document is None or not principal.covers(document["area_code"], document["grid"]):
        raise HouseholdNotFound("no such household within your areas")
    refused = await conflicts.refused(session, HOUSEHOLD_SUBJECT, household_id)
    shown = HouseholdDetail.model_validate(document)
    return shown.model_copy(update={"refused": [RefusedOut.model_validate(each) for each in refused]})


async def page(
    database: Database, principal: Principal, wanted: HouseholdQuery, after: Sequence[str] | None
) -> tuple[bytes, list[str] | None]:
    """Give a page of households as JSON, and the sort key after which the next page begins.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    clause, values = principal.within(wanted.area).area_clause("h.village_code", IN_GRID)
    conditions = [clause]
    parameters: dict[str, Any] = dict(values)
    for column, value in (("hh_no", wanted.hh_no), ("hh_type", wanted.hh_type), ("status", wanted.status)):
        if value is not None:
            conditions.append(f"h.{column} = :{column}")
            parameters[column] = value
    if wanted.monitored is not None:
        conditions.append("h.is_monitored" if wanted.monitored else "NOT h.is_monitored")
    if wanted.label is not None:
        conditions.append("EXISTS (SELECT FROM household_label l WHERE l.household_id = h.id AND l.label = :label)")
        parameters["label"] = wanted.label.value
    if wanted.tag is not None:
        conditions.append(
            "EXISTS (SELECT FROM area_tag t WHERE t.area_code = h.village_code AND t.tag = :tag"
            " AND t.first_on <= :today AND coalesce(t.last_on >= :today, true))"
        )
        parameters |= {"tag": wanted.tag.value, "today": clock.today()}
    if wanted.has_refused is not None:
        has_one = conflicts.has_open(HOUSEHOLD_SUBJECT, "h.id::text")
        conditions.append(has_one if wanted.has_refused else f"NOT {has_one}")
    if after is not None:
        conditions.append("(h.village_code, h.id) > (:after_area, CAST(:after_id AS uuid))")
        parameters |= dict(zip(("after_area", "after_id"), after, strict=True))
    items, count, last = await listing.page(database, conditions, parameters, limit=wanted.limit)
    return items, last if count > wanted.limit else None


async def told(database: Database, principal: Principal, wanted: ChangesQuery) -> tuple[bytes, Changes]:
    """Give households that changed after a token as JSON, and the rest of the page.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
        InvalidInput, StartAgain: the token is none of ours, or serves no more.
    """
    own = principal.within(wanted.area)
    page = await feed.page(database, _FOLLOWED, own, wanted)
    return await listing.given(database, own, page.ids), page.rest


async def titles(database: Database, principal: Principal, wanted: TitlesIn) -> bytes:
    """Give what households and areas are recognised by, as JSON; those outside the caller's areas are absent."""
    return await listing.titles(database, principal, wanted)


async def titles_of(database: Database, principal: Principal, rows: Sequence[About]) -> Titles:
    """Give what the households of a page are recognised by, masked as everywhere, to whoever may see households."""
    if READ not in principal.scopes:
        return Titles(TitlesState.REFUSED)
    wanted = TitlesIn(household_ids=list(dict.fromkeys(row.household_id for row in rows if row.household_id)))
    found = await titles(database, principal, wanted)
    return Titles(TitlesState.SHOWN, TitlesOut.model_validate_json(found))


async def search(session: AsyncSession, principal: Principal, keys: IdentityKeys, id_no: str) -> PersonsFound:
    """Find a person by ID number, through the blind index; masked, and only within the caller's areas.

    Raises:
        HouseholdInvalid: the number is not a citizen number; it is never repeated.
    """
    try:
        number = IdNumber.parse(id_no)
    except IdNumberError as error:
        fault = FieldError(pointer="/id_no", code=error.code, detail=error.title)
        raise HouseholdInvalid("the ID number is not valid", errors=[fault]) from None
    hashes = hashes_of(keys, number.number18, "")
    rows = await listing.persons_by_index(session, hashes.id_index, hashes.id_index_even)
    own = (row for row in rows if principal.covers(row["area_code"], row["grid"]))
    return PersonsFound(items=[PersonFound.model_validate(row) for row in own])


async def unmask(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    person_id: str,
    body: UnmaskIn,
    *,
    quota: Quota,
) -> UnmaskedPerson:
    """Show a full identity for a purpose and a case; every look is recorded before it is shown.

    Raises:
        PersonNotFound: not within the caller's areas.
        CaseUnknown: the case is not one of the person's household.
        TooManyUnmaskings, QuotaUsedUp: `looks.require`.
    """
    found = await store.person(session, person_id)
    if found is None or not principal.covers(found[1].village_code, found[1].grid):
        raise PersonNotFound("no such person within your areas")
    owner, household = found
    if not await store.is_case_of(session, household.id, body.case_id):
        raise CaseUnknown("case_id names no clue or episode of the person's household")
    await looks.require(session, principal, quota)
    identity = open_identity(keys.cipher, owner.identity, owner.id_index, owner.id_index_even)
    contact = open_contact(keys.cipher, household.contact, household.hh_no)
    entry = Unmasking(
        id=UUID(ids.new_id()),
        person_id=owner.id,
        household_id=household.id,
        client_id=principal.actor,
        purpose_code=body.purpose_code.value,
        case_id=str(body.case_id),
        fields=["name", "id_no", "birth_date", *contact],
        unmasked_at=clock.now(),
    )
    await store.record_unmasking(session, entry)
    return UnmaskedPerson(
        person_id=str(owner.id),
        household_id=str(household.id),
        name=identity.name,
        id_no=identity.id_no,
        birth_date=owner.birth_date,
        **contact,
        unmasking_id=str(entry.id),
    )


@dataclass(frozen=True)
class Look:
    """Why somebody looks, at what, and how often anybody may.

    Attributes:
        shows: What a visit needs, or who somebody is.
        person_id: Who it is about; None: the head.
    """

    case_id: str
    quota: Quota
    shows: Shows = "visit"
    person_id: str | None = None


async def see_for_task(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, household_id: str, look: Look
) -> dict[str, Any]:
    """Give what a task needs, to a caller who has been found to have its duty; recorded before it is shown.

    A visit needs the head's name, telephone number and address; what is owed to a person, name and ID number.

    Raises:
        HouseholdNotFound
        TooManyUnmaskings, QuotaUsedUp: `looks.require`.
    """
    household = await require(session, principal, household_id)
    await looks.require(session, principal, look.quota)
    whom = await _whom(session, household, look.person_id)
    shown: dict[str, str | None] = {}
    if look.shows == "visit":
        shown |= open_contact(keys.cipher, household.contact, household.hh_no)
    if whom is not None:
        identity = open_identity(keys.cipher, whom.identity, whom.id_index, whom.id_index_even)
        shown["name"] = identity.name
        if look.shows == "person":
            shown["id_no"] = identity.id_no
        entry = Unmasking(
            id=UUID(ids.new_id()),
            person_id=whom.id,
            household_id=household.id,
            client_id=principal.actor,
            purpose_code="task",
            case_id=look.case_id,
            fields=list(shown),
            unmasked_at=clock.now(),
        )
        await store.record_unmasking(session, entry)
    return {
        "household_id": str(household.id),
        "hh_no": household.hh_no,
        "area_code": household.village_code,
        "person_id": str(whom.id) if whom else None,
        **{name: shown.get(name) for name in ("name", "id_no", "phone", "address")},
    }


async def _whom(session: AsyncSession, household: Household, person_id: str | None) -> Person | None:
    """Give the member whom a task is about, or the head; None where it is nobody of the household."""
    if person_id is None:
        return await store.head(session, household.id)
    found = await store.person(session, person_id)
    return found[0] if found is not None and found[1].id == household.id else None


async def detail_then(
    session: AsyncSession, principal: Principal, household_id: str, then: HouseholdThen
) -> HouseholdDetail:
    """Give a household, masked, as it is; or as it was known at an instant, and had become by a day.

    Raises:
        HouseholdNotFound
        HouseholdNotKnownYet, InstantAhead: `past.read`.
    """
    if then.as_of is None and then.occurred_by is None:
        return await detail(session, principal, household_id)
    return await past.read(session, await require(session, principal, household_id), then)


async def history(session: AsyncSession, principal: Principal, household_id: str, limit: int) -> HouseholdHistory:
    """Give what the household was before each change, newest first, and what changed; no identities."""
    await require(session, principal, household_id)
    return HouseholdHistory(
        items=[
            HouseholdVersion.model_validate(
                {**row}
                | {"snapshot": _coarse(row["snapshot"]), "changes": differences.of_whole(row["snapshot"], row["after"])}
            )
            for row in await store.history(session, household_id, limit)
        ]
    )


def _coarse(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Give a snapshot as answers show it: of what it keeps, no identity."""
    bare = {name: value for name, value in snapshot.items() if name not in _HIDDEN}
    members = ({name: each[name] for name in each if name not in _HIDDEN_OF_MEMBERS} for each in snapshot["members"])
    return coarsened(bare, HOUSEHOLD) | {"members": [coarsened(each, PERSON) for each in members]}


def change_of(
    household_id: str, change: str, body: BaseModel, if_match: str | None, **subject: str
) -> conflicts.Decision:
    """Give what is kept of a change that is refused as stale: which fields, and the values of those that events tell.

    Any other value may name a person.
    """
    fields = sorted(body.model_fields_set)
    values = body.model_dump(mode="json", include={*fields} & _TOLD)
    told = {"values": values} if values else {}
    return conflicts.Decision(
        HOUSEHOLD_SUBJECT, household_id, {"change": change, "fields": fields, **told, **subject}, if_match
    )
