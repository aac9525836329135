"""Use cases of unmasking in bulk: asking, deciding as the second person, reading as the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Relation
from registry.households import service as households
from registry.identity import open_contact, open_identity
from registry.settings import IdentityKeys, RegistrySettings
from registry.unmaskings import rules, store
from registry.unmaskings.problems import (
    BulkQuotaUsedUp,
    UnmaskingDecided,
    UnmaskingGone,
    UnmaskingInvalid,
    UnmaskingNotConfirmed,
    UnmaskingNotFound,
    UnmaskingNotYours,
    UnmaskingSecondPerson,
)
from registry.unmaskings.schemas import (
    UnmaskedPage,
    UnmaskedRow,
    UnmaskingDecision,
    UnmaskingIn,
    UnmaskingOut,
    UnmaskingPage,
    UnmaskingQuery,
)
from registry.unmaskings.tables import UnmaskingRequest
from servicekit import areas, clock, ids
from servicekit.auth import MissingScope, Principal
from servicekit.db import array_text
from servicekit.paging import encode_cursor

CONFIRM = "unmaskings:confirm"


async def ask(
    session: AsyncSession, principal: Principal, body: UnmaskingIn, settings: RegistrySettings
) -> UnmaskingOut:
    """Keep that somebody wants to see these persons in full; nothing is shown.

    Raises:
        UnmaskingInvalid: it contradicts itself, nobody is chosen, or too many.
        HouseholdNotFound, PersonNotFound: one of them is not on the register within the caller's areas.
        CaseUnknown: the case is of none of the households.
        OutsideArea
    """
    if faults := rules.faults_of(body):
        raise UnmaskingInvalid(f"{len(faults)} thing(s) are wrong", errors=faults)
    rows = await _choose(session, principal, body, settings.unmask_bulk_most)
    if fault := rules.fault_of_number(len(rows), settings.unmask_bulk_most):
        raise UnmaskingInvalid("nobody, or too many", errors=[fault])
    homes = [row.household_id for row in rows]
    if body.case_id is not None and not await store.is_case_of_any(session, body.case_id, homes):
        raise households.CaseUnknown("case_id names no clue or episode of one of the households")
    now = clock.now()
    request = UnmaskingRequest(
        id=UUID(ids.new_id()),
        area_code=body.area_code or areas.common_root(*{row.village_code for row in rows}),
        persons=len(rows),
        **body.model_dump(include={"fields", "reason", "legal_basis", "case_id"}),
        purpose_code=body.purpose_code.value,
        requested_by=principal.actor,
        requested_at=now,
        expires_at=now + timedelta(hours=settings.unmask_bulk_hours),
    )
    await store.keep(session, request, [row.id for row in rows])
    return _out(request)


async def _choose(session: AsyncSession, principal: Principal, body: UnmaskingIn, most: int) -> Sequence[Row[Any]]:
    sees, values = principal.within(body.area_code).area_clause("h.village_code", households.IN_GRID)
    conditions, parameters = [sees], dict[str, Any](values)
    if body.person_ids:
        wanted = set(body.person_ids)
        parameters["persons"] = array_text(map(str, wanted))
        rows = await store.chosen(session, [*conditions, store.OF_PERSONS], parameters, max(most, len(wanted)))
        if len(rows) < len(wanted):
            raise households.PersonNotFound("one of the persons is not on the register within your areas")
        return rows
    if body.household_ids:
        homes = [*set(body.household_ids)]
        if await store.count_households(session, sees, values, homes) < len(homes):
            raise households.HouseholdNotFound("one of the households is not on the register within your areas")
        conditions.append(store.OF_HOUSEHOLDS)
        parameters["households"] = array_text(map(str, homes))
    if body.monitored is not None:
        conditions.append("h.is_monitored" if body.monitored else "NOT h.is_monitored")
    if body.whom == "heads":
        conditions.append(f"p.relation = '{Relation.HEAD}'")
    return await store.chosen(session, conditions, parameters, most)


async def decide(
    session: AsyncSession, principal: Principal, request_id: UUID, said: UnmaskingDecision, settings: RegistrySettings
) -> UnmaskingOut:
    """Confirm or refuse a request as the second person, or take it back as the one who asked.

    Raises:
        UnmaskingNotFound
        UnmaskingSecondPerson: the caller asked.
        MissingScope: the caller may not confirm.
        UnmaskingDecided: it was decided otherwise, or its time is over.
    """
    request, now = await _require(session, principal, request_id), clock.now()
    state = rules.state_at(request.state, request.expires_at, now)
    decider = rules.Decider(request.requested_by == principal.actor, CONFIRM in principal.scopes)
    by = request.confirmed_by if said.agrees else request.ended_by
    if by == principal.actor and (state == "confirmed") == said.agrees:
        return _out(request)  # the caller got no answer and says it again
    decided = rules.decide(state, decider, agrees=said.agrees)
    if decided == "second_person":
        raise UnmaskingSecondPerson("who asks does not confirm")
    if decided == "scope":
        raise MissingScope.of([CONFIRM])
    if decided == "decided":
        raise UnmaskingDecided(f"the request is {state}", state=state)
    request.state, request.note = decided, said.note
    if decided == "confirmed":
        request.confirmed_by, request.confirmed_at = principal.actor, now
        request.expires_at = now + timedelta(hours=settings.unmask_bulk_hours)
    else:
        request.ended_by, request.ended_at = principal.actor, now
    await session.flush()
    return _out(request)


async def page(
    session: AsyncSession, principal: Principal, wanted: UnmaskingQuery, after: Sequence[str] | None
) -> UnmaskingPage:
    """Give a page of the requests about the caller's areas, the newest first.

    Raises:
        OutsideArea
    """
    clause, parameters = principal.within(wanted.area).area_clause("r.area_code")
    conditions, values = [clause], dict[str, Any](parameters)
    if wanted.state == "expired":
        conditions.append("r.state IN ('open', 'confirmed') AND r.expires_at <= :now")
    elif wanted.state is not None:
        conditions.append("r.state = :state")
        values["state"] = wanted.state
        if wanted.state not in rules.ENDED:
            conditions.append("r.expires_at > :now")
    if any(":now" in each for each in conditions):
        values["now"] = clock.now()
    if after is not None:
        conditions.append("r.id < CAST(:after AS uuid)")
        values["after"] = after[0]
    rows = await store.page(session, conditions, values | {"limit": wanted.limit + 1})
    items = [_out(row) for row in rows[: wanted.limit]]
    return UnmaskingPage(items=items, next_cursor=encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None)


@dataclass(frozen=True)
class Reading:
    """Which part of a request is read: after which place, how many at most, and how many somebody may see in a day."""

    after: int
    limit: int
    per_day: int


async def read(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, request_id: UUID, reading: Reading
) -> UnmaskedPage:
    """Show the next persons of a confirmed request to who asked; each is recorded before any is shown.

    Who is no longer the reader's to see is left out: rights are those of now, not of the day of asking.

    Raises:
        UnmaskingNotFound, UnmaskingNotYours, UnmaskingNotConfirmed, UnmaskingGone
        BulkQuotaUsedUp: they are more than are left today.
    """
    request, now = await _require(session, principal, request_id), clock.now()
    state = rules.state_at(request.state, request.expires_at, now)
    if request.requested_by != principal.actor:
        raise UnmaskingNotYours("somebody else asked")
    if state in rules.ENDED:
        raise UnmaskingGone(f"the request is {state}", state=state)
    if state != "confirmed":
        raise UnmaskingNotConfirmed("a second person has not confirmed it yet")
    sees, values = principal.area_clause("h.village_code", households.IN_GRID)
    place = {"request": request.id, "after": reading.after, "limit": reading.limit + 1}
    found = await store.persons(session, sees, {**values, **place})
    rows = found[: reading.limit]
    seen = [row for row in rows if row.is_seen]
    await _count(session, principal, len(seen), reading.per_day)
    session.add_all(
        households.Unmasking(
            id=UUID(ids.new_id()),
            person_id=row.id,
            household_id=row.household_id,
            client_id=principal.actor,
            purpose_code=request.purpose_code,
            case_id=str(request.case_id or request.id),
            fields=request.fields,
            request_id=request.id,
            unmasked_at=now,
        )
        for row in seen
    )
    await session.flush()
    return UnmaskedPage(
        items=[_shown(keys, row, request.fields) for row in seen],
        left_out=len(rows) - len(seen),
        next_cursor=encode_cursor([rows[-1].place]) if len(found) > reading.limit else None,
    )


async def _count(session: AsyncSession, principal: Principal, more: int, per_day: int) -> None:
    made, now = await households.looks.shown_in_bulk(session, principal), clock.now()
    if made + more > per_day:
        again = households.looks.starts_again_at(now)
        raise BulkQuotaUsedUp(
            f"{made} of {per_day} persons were shown today",
            headers=households.looks.retry_after(again - now),
            per_day=per_day,
            left=max(0, per_day - made),
            starts_again_at=again.isoformat(),
        )
    await households.looks.mark(session, principal, "bulk", households.looks.Taken(made, more, per_day))


async def _require(session: AsyncSession, principal: Principal, request_id: UUID) -> UnmaskingRequest:
    """Lock and give a request; its own one to whoever asked, wherever the term is now."""
    request = await store.get(session, request_id)
    if request is None or not (principal.covers(request.area_code) or request.requested_by == principal.actor):
        raise UnmaskingNotFound("no such request within your areas")
    return request


def _shown(keys: IdentityKeys, row: Row[Any], fields: Sequence[str]) -> UnmaskedRow:
    known: dict[str, str | None] = {}
    if {"name", "id_no"} & {*fields}:
        identity = open_identity(keys.cipher, row.identity, row.id_index, row.id_index_even)
        known |= {"name": identity.name, "id_no": identity.id_no}
    if {"phone", "address"} & {*fields}:
        known |= open_contact(keys.cipher, row.contact, row.hh_no)
    return UnmaskedRow(
        person_id=str(row.id),
        household_id=str(row.household_id),
        hh_no=row.hh_no,
        area_code=row.village_code,
        **{name: known[name] for name in fields},
    )


def _out(request: UnmaskingRequest) -> UnmaskingOut:
    state = rules.state_at(request.state, request.expires_at, clock.now())
    case_id = str(request.case_id) if request.case_id else None
    return UnmaskingOut.model_validate(
        request.model_dump() | {"id": str(request.id), "state": state, "case_id": case_id}
    )
