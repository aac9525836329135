"""What a change request does to the register: each kind is one change that could be made by hand, and no other way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import HouseholdStatus
from registry.change_requests import contents, rules
from registry.change_requests.contents import Content
from registry.change_requests.kinds import Kind
from registry.change_requests.problems import ChangeRequestInvalid
from registry.continued import MoverIn
from registry.continuity import service as continuity
from registry.continuity.service import CorrectionIn, HouseholdMergeIn, RenumberIn, SplitIn, TransferIn
from registry.guarantees import service as guarantees
from registry.guarantees.service import StatusesIn
from registry.household import MemberIn
from registry.households import service as households
from registry.households.service import HouseholdPatch, MemberPatch
from registry.incomes import service as incomes
from registry.settings import IdentityKeys
from servicekit.auth import Principal

_ANY_VERSION = "*"  # whether the household is still as it was where it matters, the caller has looked


@dataclass(frozen=True)
class Wanted:
    """A change of a household, as it was asked for."""

    household_id: str
    kind: Kind
    content: Content
    occurred_on: date
    reason: str


async def apply(session: AsyncSession, principal: Principal, keys: IdentityKeys, wanted: Wanted) -> str | None:
    """Change the household; give the id of the other one that it is about now: founded, joined or merged into.

    Raises:
        ChangeRequestInvalid: a household or a member would contradict itself; pointers are those of the request.
        HouseholdNotFound, HouseholdEnded, HouseholdExists, HouseholdProtected, PersonElsewhere, PersonNotFound
        BothHaveCases, SameHousehold
    """
    try:
        return await _applied(session, principal, keys, wanted)
    except households.HouseholdInvalid as refusal:
        errors = rules.pointed(wanted.content, refusal.errors)
        raise ChangeRequestInvalid(refusal.detail, errors=errors) from refusal


async def _applied(session: AsyncSession, principal: Principal, keys: IdentityKeys, wanted: Wanted) -> str | None:
    home = wanted.household_id
    said: dict[str, Any] = {"reason": wanted.reason, "occurred_on": wanted.occurred_on}
    match wanted.content:
        case contents.Newcomer(member=MemberIn() as member) | contents.Incomer(member=MemberIn() as member):
            given = MemberPatch.model_validate(member.model_dump(exclude_unset=True))
            await _patch(session, principal, keys, wanted, {"members": [given]})
        case contents.Incomer(person=MoverIn() as person, relations=relations):
            found = await households.person(session, person.id)
            if found is None or not principal.covers(found[1].village_code, found[1].grid):
                raise households.PersonNotFound("no such person within your areas")
            body = TransferIn(into=home, members=[person], relations=relations, **said)
            await continuity.transfer(session, principal, str(found[1].id), body, _ANY_VERSION)
            return str(found[1].id)
        case contents.Leaver(into=str() as into, relation=relation) as content if relation is not None:
            mover = MoverIn(id=content.person_id, relation=relation)
            body = TransferIn(into=into, members=[mover], relations=content.relations, **said)
            await continuity.transfer(session, principal, home, body, _ANY_VERSION)
            return into
        case contents.Dead() as content:
            await _patch(session, principal, keys, wanted, await _leaving(session, wanted, content))
        case contents.Relations(relations=relations):
            await _patch(session, principal, keys, wanted, {"members": _related(relations)})
        case contents.Move() | contents.Contact() as content:
            await _patch(session, principal, keys, wanted, content.model_dump(exclude_unset=True))
        case contents.Split() as content:
            split = SplitIn.model_validate(content.model_dump() | said)
            founded = await continuity.split(session, principal, home, split, _ANY_VERSION)
            return founded.id
        case contents.Merge() as content:
            merge = HouseholdMergeIn.model_validate(content.model_dump() | said)
            await continuity.merge_household(session, principal, home, merge, _ANY_VERSION)
            return content.into
        case contents.NewNumber(hh_no=hh_no):
            await continuity.renumber(session, principal, keys, home, RenumberIn(hh_no=hh_no, **said), _ANY_VERSION)
        case contents.Number() | contents.Correction() as content:
            given_fields = content.model_dump(exclude_unset=True, exclude={"person_id"})
            correction = CorrectionIn.model_validate(given_fields | said)
            await continuity.correct(session, principal, keys, content.person_id, correction, _ANY_VERSION)
        case contents.Earned() | contents.Statuses() as content:
            await _found(session, principal, wanted, content)
    return None


async def _found(
    session: AsyncSession, principal: Principal, wanted: Wanted, content: contents.Earned | contents.Statuses
) -> None:
    """Record what was found on the day; what was found later and is known already stays.

    Raises:
        ChangeRequestInvalid: something that was found later is known already, so nothing would change.
    """
    home, day = wanted.household_id, wanted.occurred_on
    if isinstance(content, contents.Earned):
        amounts = content.model_dump(exclude_unset=True, exclude={"year"})
        body = incomes.IncomeBody.model_validate(amounts | {"as_of": day})
        is_late = (await incomes.put(session, principal, home, content.year, body)).superseded_at is not None
    else:
        seen = {kind: {"is_safe": safe, "checked_on": day, "note": content.note} for kind, safe in content.safe.items()}
        known = await guarantees.put(session, principal, home, StatusesIn.model_validate({"statuses": seen}))
        is_late = any(known.current[kind].checked_on > day for kind in content.safe)
    if is_late:
        _out_of_order()


async def _leaving(session: AsyncSession, wanted: Wanted, content: contents.Dead) -> dict[str, Any]:
    """Give the change by which a member leaves; a household that nobody is left in ends."""
    reason = (content.left_reason if isinstance(content, contents.Leaver) else None) or wanted.kind.zh
    leaver = MemberPatch(id=content.person_id, left_on=wanted.occurred_on, left_reason=reason)
    there = {str(member.id) for member in await households.members(session, wanted.household_id)}
    if there == {content.person_id}:
        return {"members": [leaver], "status": HouseholdStatus.ENDED}
    return {"members": [leaver, *_related(content.relations)]}


def _related(relations: list[MoverIn]) -> list[MemberPatch]:
    return [MemberPatch.model_validate(mover.model_dump()) for mover in relations]


async def _patch(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, wanted: Wanted, changes: dict[str, Any]
) -> None:
    """Change the household by hand, as of the day on which it happened.

    Raises:
        ChangeRequestInvalid: something that happened later is known already, so nothing would change.
    """
    body = HouseholdPatch.model_validate(changes | {"occurred_on": wanted.occurred_on})
    late = await households.editing.patch(session, principal, keys, wanted.household_id, body, _ANY_VERSION)
    if late:
        _out_of_order()


def _out_of_order() -> NoReturn:
    fault = rules.fault("occurred_on.out_of_order", "/occurred_on")
    raise ChangeRequestInvalid("something that happened later is known already", errors=[fault])
