"""Use cases of change requests: one asks, another approves, and the register changes in the same transaction.

Source: four eyes on what changes a household [assumption]; access control of GB/T 22239-2019. Machines that stand in
count as one each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.duties import Outcome
from registry.attachments import service as attachments
from registry.change_requests import rules, seeing, store
from registry.change_requests.applying import Wanted, apply
from registry.change_requests.contents import Content
from registry.change_requests.kinds import KINDS, read
from registry.change_requests.problems import (
    ChangeRequestDecided,
    ChangeRequestInvalid,
    ChangeRequestNotFound,
    ChangeRequestOvertaken,
    NotTheRequester,
    OtherLevelDecides,
    SecondPersonNeeded,
)
from registry.change_requests.schemas import (
    ChangeRequestDetail,
    ChangeRequestIn,
    ChangeRequestOut,
    ChangeRequestQuery,
    ChangeState,
    ContestedOut,
)
from registry.change_requests.tables import ChangeRequest
from registry.change_requests.timeline import TIMELINE as TIMELINE
from registry.duties import service as duties
from registry.duty import Ground, Said
from registry.households import service as households
from registry.households.service import Household
from registry.policy import service as policy
from registry.settings import IdentityKeys
from servicekit import clock, conflicts, etags, ids
from servicekit.auth import Principal
from servicekit.conflicts import Decision
from servicekit.crypto import FieldCipher
from servicekit.paging import encode_cursor
from servicekit.refused import RefusedOut

SUBJECT = store.SUBJECT
CONTRADICTED = store.CONTRADICTED
sealed_with = store.sealed_with


@dataclass(frozen=True)
class _Kept:
    """What is sealed of a request: what is asked for, and what stood then where it touches the household."""

    content: Content
    seen: dict[str, Any]


async def propose(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    household_id: str,
    body: ChangeRequestIn,
    if_match: str | None,
) -> ChangeRequestDetail:
    """Keep what somebody asks to be changed; where nobody has to approve it, change it at once.

    A request is tried before it is kept, and taken back: what could not be applied now is refused now.

    Raises:
        HouseholdNotFound, PreconditionRequired, PreconditionFailed
        ChangeRequestInvalid, and those of `applying.apply`
    """
    household = await households.require_version(session, principal, household_id, if_match)
    if household.status != "active":
        raise households.HouseholdEnded("the household has ended or was merged")
    kind, today = KINDS[body.kind], clock.today()
    content = read(kind, body.content)
    village, version = household.village_code, household.version
    await _check(session, keys, household, rules.Asked(kind, content, body.occurred_on, body.evidence))
    seen = await seeing.values(session, keys, household, content.touches() | content.rests_on())
    profile, target = await policy.parameters_for(session, village, today), rules.target_of(content)
    level = rules.level(kind, profile, village, target)
    request = ChangeRequest(
        id=UUID(ids.new_id()),
        household_id=UUID(household_id),
        kind=kind.code,
        state=ChangeState.PROPOSED.value,
        occurred_on=body.occurred_on,
        reason=body.reason,
        evidence=list(body.evidence),
        sealed="",
        shown=rules.masked(body.content, today),
        touches=sorted(content.touches()),
        rests_on=sorted(content.rests_on()),
        seen_version=version,
        level=level,
        requested_by=principal.actor,
        requested_at=clock.now(),
    )
    request.sealed = keys.cipher.encrypt(orjson.dumps([body.content, seen]).decode(), _place(request.id))
    wanted = Wanted(household_id, kind, content, body.occurred_on, body.reason)
    if level is None:
        request.other_id, request.applied_version = await _apply(session, principal, keys, wanted)
        request.state, request.decided_by, request.decided_at = ChangeState.APPLIED.value, principal.actor, clock.now()
    else:
        await _try(session, principal, keys, wanted, target)
        request.due_on = today + timedelta(days=profile.whole("changes.decide_days"))
    session.add(request)
    await session.flush()
    kept_by = attachments.UseKind.CHANGE_REQUEST
    await attachments.name(session, request.household_id, body.evidence, kept_by, str(request.id))
    await _say(session, request, village)
    return await _detail(session, keys, request.id)


async def decision_of(session: AsyncSession, principal: Principal, request_id: UUID) -> Decision:
    """Give what is kept of an approval that comes too late.

    Raises:
        ChangeRequestNotFound
    """
    request, _ = await _require(session, principal, request_id)
    content = {"change": "approve", "kind": request.kind, "household_id": str(request.household_id)}
    return Decision(SUBJECT, str(request_id), content, etags.etag_of(request.seen_version))


async def approve(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, request_id: UUID, note: str | None
) -> ChangeRequestDetail:
    """Approve a change as the second person, and change the household.

    Raises:
        ChangeRequestNotFound, ChangeRequestDecided, SecondPersonNeeded, OtherLevelDecides
        ChangeRequestOvertaken: the household has changed in what the request touches or rests on.
        ChangeRequestInvalid, and those of `applying.apply`
    """
    request, household = await _require(session, principal, request_id, lock=True)
    if _is_said_again(request, ChangeState.APPLIED, principal):
        return await _detail(session, keys, request_id)
    village = household.village_code
    _require_decider(request, household, principal)
    # Whoever changes the household meanwhile waits, or has been waited for.
    household = await households.require(session, principal, str(household.id), lock=True)
    kept = _opened(keys, request)
    if changed := await _contested(session, keys, household, kept):
        raise ChangeRequestOvertaken(
            f"changed since then: {', '.join(changed)}", current_etag=etags.etag_of(household.version)
        )
    wanted = Wanted(str(household.id), KINDS[request.kind], kept.content, request.occurred_on, request.reason)
    other_id, version = await _apply(session, principal, keys, wanted)
    request.other_id, request.applied_version = other_id, version
    await _decide(session, principal, request, ChangeState.APPLIED, note)
    await _say(session, request, village, "done")
    return await _detail(session, keys, request_id)


async def refuse(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, request_id: UUID, note: str
) -> ChangeRequestDetail:
    """Refuse a change as the second person, with a reason.

    Raises:
        ChangeRequestNotFound, ChangeRequestDecided, SecondPersonNeeded, OtherLevelDecides
    """
    request, household = await _require(session, principal, request_id, lock=True)
    if not _is_said_again(request, ChangeState.REFUSED, principal):
        _require_decider(request, household, principal)
        await _decide(session, principal, request, ChangeState.REFUSED, note)
        await _say(session, request, household.village_code, "done")
    return await _detail(session, keys, request_id)


async def withdraw(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, request_id: UUID, note: str | None
) -> ChangeRequestDetail:
    """Take a request back.

    Raises:
        ChangeRequestNotFound, ChangeRequestDecided
        NotTheRequester: somebody else asked.
    """
    request, household = await _require(session, principal, request_id, lock=True)
    if request.requested_by != principal.actor:
        raise NotTheRequester("who asked for a change takes it back, and nobody else")
    if not _is_said_again(request, ChangeState.WITHDRAWN, principal):
        _require_open(request)
        await _decide(session, principal, request, ChangeState.WITHDRAWN, note)
        await _say(session, request, household.village_code, "cancelled")
    return await _detail(session, keys, request_id)


async def detail(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, request_id: UUID
) -> ChangeRequestDetail:
    """Give a request with what has come between.

    Raises:
        ChangeRequestNotFound
    """
    await _require(session, principal, request_id)
    return await _detail(session, keys, request_id)


async def page(
    session: AsyncSession, principal: Principal, wanted: ChangeRequestQuery, after: Sequence[str] | None
) -> tuple[list[ChangeRequestOut], int, str | None]:
    """Give a page of the requests about the caller's households, how many there are, and where the next page begins.

    Raises:
        OutsideArea
    """
    clause, parameters = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], dict[str, Any](parameters)
    for column in ("h.grid", "r.household_id", "r.state", "r.kind"):
        name = column.partition(".")[2]
        if (value := getattr(wanted, name)) is not None:
            conditions.append(f"{column} = CAST(:{name} AS uuid)" if name == "household_id" else f"{column} = :{name}")
            values[name] = value
    if wanted.contested is not None:
        conditions.append(store.CONTESTED if wanted.contested else f"NOT {store.CONTESTED}")
    total = await store.count(session, conditions, values)
    if after is not None:
        conditions.append("r.id < CAST(:after AS uuid)")
        values["after"] = after[0]
    rows = await store.rows(session, conditions, values | {"limit": wanted.limit + 1})
    items = [_out(row) for row in rows[: wanted.limit]]
    return items, total, encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None


async def renew_seals(
    session: AsyncSession, cipher: FieldCipher, after: str | None, limit: int
) -> tuple[str | None, int]:
    """Seal the next requests with the current key; give where that ended (None: all are) and how many."""
    rows = await store.sealed_otherwise(session, cipher.prefix, after, limit)
    renewed = [{"id": row.id, "sealed": cipher.renew(row.sealed, _place(row.id))} for row in rows]
    if renewed:
        await store.write_sealed(session, renewed)
    return (rows[-1].id if rows else None), len(rows)


def _place(request_id: UUID | str) -> str:
    """Give what a sealed request is bound to, so that nobody exchanges two unnoticed."""
    return f"change_request|content|{request_id}"


async def _check(session: AsyncSession, keys: IdentityKeys, household: Household, asked: rules.Asked) -> None:
    kept = await attachments.hold(session, household.id, asked.evidence)
    members = await seeing.members(session, keys, str(household.id))
    errors = rules.faults(asked, members, kept, clock.today())
    target = rules.target_of(asked.content)
    if target is not None and not await households.is_valid_village(session, target):
        errors.append(rules.fault("village_code.unknown", "/content/village_code"))
    if errors:
        raise ChangeRequestInvalid("the change contradicts itself or the register", errors=errors)


async def _apply(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, wanted: Wanted
) -> tuple[UUID | None, int]:
    other_id = await apply(session, principal, keys, wanted)
    household = await households.require(session, _everywhere(principal, wanted), wanted.household_id)
    return UUID(other_id) if other_id else None, household.version


async def _try(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, wanted: Wanted, target: str | None
) -> None:
    """Apply a request and take that back; where it goes need not be the requester's, but whoever approves it must."""
    async with session.begin_nested() as trial:
        await apply(session, _everywhere(principal, wanted) if target else principal, keys, wanted)
        await trial.rollback()


def _everywhere(principal: Principal, wanted: Wanted) -> Principal:
    """Give the caller with the village that a household moves to, of which it is not told anything."""
    target = rules.target_of(wanted.content)
    return principal if target is None else replace(principal, areas=(*principal.areas, target), grid=None)


async def _require(
    session: AsyncSession, principal: Principal, request_id: UUID, *, lock: bool = False
) -> tuple[ChangeRequest, Household]:
    found = await store.get(session, request_id, lock=lock)
    if found is None or not principal.covers(found[1].village_code, found[1].grid):
        raise ChangeRequestNotFound("no such request about a household within your areas")
    return found


def _is_said_again(request: ChangeRequest, state: ChangeState, principal: Principal) -> bool:
    """Tell whether the caller, who got no answer, says it again."""
    return (request.state, request.decided_by) == (state.value, principal.actor) and request.level is not None


def _require_open(request: ChangeRequest) -> None:
    if request.state != ChangeState.PROPOSED.value:
        raise ChangeRequestDecided(f"the request is {request.state}", state=request.state)


def _require_decider(request: ChangeRequest, household: Household, principal: Principal) -> None:
    if request.requested_by == principal.actor:
        raise SecondPersonNeeded("who asks does not decide")
    _require_open(request)
    level: rules.Level = "county" if request.level == "county" else "township"
    if not principal.covers(rules.deciding_area(level, household.village_code)):
        raise OtherLevelDecides(f"the {level} decides about this", level=level)


async def _decide(
    session: AsyncSession, principal: Principal, request: ChangeRequest, state: ChangeState, note: str | None
) -> None:
    request.state, request.note = state.value, note
    request.decided_by, request.decided_at = principal.actor, clock.now()
    await session.flush()
    await conflicts.settle_all(session, principal, SUBJECT, str(request.id))


async def _say(session: AsyncSession, request: ChangeRequest, village: str, outcome: Outcome | None = None) -> None:
    """Announce the duty of whoever decides: that somebody has it, or nobody any more."""
    if request.level is None or request.due_on is None:
        return
    kind, today = rules.DUTIES[request.level], clock.today()
    said = Said(
        duty_id=f"{kind}-{request.id}",
        kind=kind,
        counts_from=request.requested_at.astimezone(clock.CHINA).date(),
        due_on=request.due_on,
        unit="calendar",
        outcome=outcome,
        closed_on=today if outcome else None,
    )
    ground = Ground(str(request.id), village, str(request.household_id))
    await duties.announce(session, [(ground, said, 2 if outcome else 1)])


def _opened(keys: IdentityKeys, request: ChangeRequest) -> _Kept:
    content, seen = orjson.loads(keys.cipher.decrypt(request.sealed, _place(request.id)))
    return _Kept(read(KINDS[request.kind], content), seen)


async def _contested(session: AsyncSession, keys: IdentityKeys, household: Household, kept: _Kept) -> list[str]:
    return rules.contested(kept.seen, await seeing.values(session, keys, household, kept.seen))


async def _detail(session: AsyncSession, keys: IdentityKeys, request_id: UUID) -> ChangeRequestDetail:
    found = await store.get(session, request_id)
    if found is None:
        raise ChangeRequestNotFound("no such request")
    request, household = found
    between: list[ContestedOut] = []
    if request.state == ChangeState.PROPOSED.value:
        between = await _between(session, keys, household, _opened(keys, request))
    refused = await conflicts.refused(session, SUBJECT, str(request_id))
    shown = _out(await store.row(session, request_id))
    return ChangeRequestDetail(
        **dict(shown),
        contested=between,
        contradicts=await store.contradicting(session, request_id),
        refused=[RefusedOut.model_validate(each) for each in refused],
    )


async def _between(session: AsyncSession, keys: IdentityKeys, household: Household, kept: _Kept) -> list[ContestedOut]:
    today = clock.today()
    now = await seeing.values(session, keys, household, kept.seen)
    return [
        ContestedOut(
            path=path,
            title=rules.title_of(path),
            was=rules.shown_path(path, kept.seen[path], today),
            now=rules.shown_path(path, now[path], today),
        )
        for path in rules.contested(kept.seen, now)
    ]


def _out(row: Any) -> ChangeRequestOut:
    kind = KINDS[row.kind]
    return ChangeRequestOut.model_validate({**row._mapping, "kind_label": f"{kind.zh} / {kind.en}"})
